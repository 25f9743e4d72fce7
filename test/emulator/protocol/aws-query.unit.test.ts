import { describe, expect, it } from 'vitest'
import { AwsError } from './aws-error.ts'
import {
  decodeQuery,
  encodeEc2Error,
  encodeEc2Result,
  encodeQueryError,
  encodeQueryResult,
} from './aws-query.ts'

describe('decodeQuery', () => {
  it('unfolds lists in both of their forms and leaves out action and version', () => {
    const body = new URLSearchParams(
      'Action=X&Version=1&Filters.Filter.1.Name=a&Filters.Filter.1.Values.Value.2=z&Filters.Filter.1.Values.Value.1=y' +
        '&Queries.member.1.Metric.Name=m&Queries.member.1.Metric.Dimensions.member.1.Name=d&MaxRecords=20&Empty=',
    )
    expect(decodeQuery(body)).toEqual({
      Filters: [{ Name: 'a', Values: ['y', 'z'] }],
      Queries: [{ Metric: { Name: 'm', Dimensions: [{ Name: 'd' }] } }],
      MaxRecords: '20',
      Empty: '',
    })
  })

  it('keeps the order of more than nine entries', () => {
    const body = new URLSearchParams()
    for (let number = 1; number <= 12; number++) body.set(`Values.member.${number}`, String(number))
    expect(decodeQuery(body).Values).toEqual(Array.from({ length: 12 }, (_, index) => String(index + 1)))
  })
})

describe('encodeQueryResult', () => {
  it('wraps lists as RDS does, escapes text, writes times as ISO 8601', () => {
    const xml = encodeQueryResult(
      'DescribeDBClusters',
      'urn:x',
      {
        DBClusters: [
          { Status: 'a & <b>', Made: new Date(0), MultiAZ: false, Missing: undefined, Zones: ['x'] },
        ],
        Members: [],
      },
      'id',
    )
    expect(xml).toBe(
      '<DescribeDBClustersResponse xmlns="urn:x"><DescribeDBClustersResult><DBClusters><DBCluster>' +
        '<Status>a &amp; &lt;b&gt;</Status><Made>1970-01-01T00:00:00.000Z</Made><MultiAZ>false</MultiAZ>' +
        '<Zones><member>x</member></Zones></DBCluster></DBClusters><Members/></DescribeDBClustersResult>' +
        '<ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></DescribeDBClustersResponse>',
    )
  })

  it('blames the sender for what is not the server’s fault', () => {
    expect(encodeQueryError(new AwsError('Throttling', 'slow'), 'urn:x', 'id')).toContain(
      '<Error><Type>Sender</Type><Code>Throttling</Code><Message>slow</Message></Error>',
    )
    expect(encodeQueryError(new AwsError('InternalFailure', 'x', 500), 'urn:x', 'id')).toContain(
      '<Type>Receiver</Type>',
    )
  })
})

describe('EC2', () => {
  it('sends lists without wrappers, even a lone one', () => {
    const body = new URLSearchParams(
      'Action=X&Version=1&Filter.1.Name=a&Filter.1.Value.1=y&Filter.1.Value.2=z',
    )
    expect(decodeQuery(body, 'ec2')).toEqual({ Filter: [{ Name: 'a', Value: ['y', 'z'] }] })
  })

  it('gets lists as items, and errors in a frame of their own', () => {
    expect(
      encodeEc2Result('DescribeX', 'urn:x', { groups: [{ id: 1, rules: [] }], next: undefined }, 'id'),
    ).toBe(
      '<DescribeXResponse xmlns="urn:x"><requestId>id</requestId><groups><item><id>1</id><rules/></item></groups></DescribeXResponse>',
    )
    expect(encodeEc2Error(new AwsError('InvalidGroup.NotFound', 'a & b'), 'id')).toBe(
      '<Response><Errors><Error><Code>InvalidGroup.NotFound</Code><Message>a &amp; b</Message></Error></Errors><RequestID>id</RequestID></Response>',
    )
  })
})
