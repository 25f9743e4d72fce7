/** An alarm as PutMetricAlarm gave it, and when. */
export interface AlarmRecord {
  name: string
  arn: string
  settings: Record<string, unknown>
  updatedAt: string
}
