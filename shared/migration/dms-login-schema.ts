import * as z from 'zod'
import { duration, roleArn, secretId } from './field-formats.ts'

/** How DMS logs in on one side, and what it does in its sessions there. */
export const dmsLogin = {
  secret: secretId.describe('Secret with the login that DMS uses and that nothing else uses.'),
  'access-role': roleArn
    .optional()
    .describe(
      'IAM role with which DMS reads the secret itself. Without it the endpoint is given host, user and password.',
    ),
  endpoint: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Identifier of an endpoint that exists; it is compared with what would be made, and never changed.',
    ),
  'execute-timeout': duration
    .prefault('1h')
    .describe(
      'Longest time of one statement of DMS; its default of 60 s ends the unloading of large tables.',
    ),
  'after-connect': z
    .string()
    .min(1)
    .optional()
    .describe('SQL that DMS runs in every new session, after what this migration needs itself.'),
}
