import { z } from 'zod'

const rule = z.strictObject({
  protocol: z.string().default('tcp'),
  fromPort: z.number().int().optional(),
  toPort: z.number().int().optional(),
  /** For example 10.0.0.0/8. */
  cidrs: z.array(z.string()).default([]),
  ipv6Cidrs: z.array(z.string()).default([]),
  /** Ids of groups whose members may come in. */
  groups: z.array(z.string()).default([]),
  description: z.string().optional(),
})

export const securityGroupSchema = z.strictObject({
  id: z.string(),
  name: z.string().default('default'),
  description: z.string().default('emulated'),
  ingress: z.array(rule).default([]),
  tags: z.record(z.string(), z.string()).default({}),
})

export type SecurityGroup = z.output<typeof securityGroupSchema>
