import { X509Certificate } from 'node:crypto'
import { z } from 'zod'
import type { Emulator } from '../emulator.ts'
import { newResourceId } from '../identity.ts'
import {
  AwsError,
  invalidCombination,
  invalidState,
  invalidValue,
  resourceNotFound,
} from '../protocol/aws-error.ts'
import { page } from '../protocol/paging.ts'
import { operation } from '../protocol/service.ts'
import type { Operation } from '../protocol/service.ts'
import { applyFilters, describeInput } from './filters.ts'
import { demandIdentifier } from './identifiers.ts'
import type { CertificateRecord } from './records.ts'
import { setTags, tagsSchema } from './tags.ts'

const importInput = z.strictObject({
  CertificateIdentifier: z.string(),
  CertificatePem: z.string().optional(),
  CertificateWallet: z.string().optional(),
  Tags: tagsSchema,
  KmsKeyId: z.string().optional(),
})

/** Throws ResourceNotFoundFault. */
export function findCertificate(emulator: Emulator, arn: string): CertificateRecord {
  const found = emulator.store.state.certificates.find((certificate) => certificate.arn === arn)
  if (!found) throw resourceNotFound(`Certificate ${arn} not found.`)
  return found
}

/** Verification needs a certificate to verify with, and one that is there. */
export function demandCertificate(emulator: Emulator, sslMode: string, arn: string | undefined): void {
  if (arn !== undefined) findCertificate(emulator, arn)
  else if (sslMode === 'verify-ca' || sslMode === 'verify-full') {
    throw invalidCombination(`CertificateArn is required with the SslMode ${sslMode}.`)
  }
}

/** The first certificate of a PEM text. Throws InvalidCertificateFault. */
function parse(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch {
    throw new AwsError('InvalidCertificateFault', 'The certificate was not valid.')
  }
}

function importCertificate(emulator: Emulator, input: z.output<typeof importInput>): CertificateRecord {
  const { certificates } = emulator.store.state
  demandIdentifier('CertificateIdentifier', input.CertificateIdentifier, 255)
  if (input.CertificateWallet !== undefined) throw invalidValue('A wallet is for Oracle endpoints only.')
  parse(input.CertificatePem ?? '')
  const existing = certificates.find(({ identifier }) => identifier === input.CertificateIdentifier)
  if (existing) {
    throw new AwsError(
      'ResourceAlreadyExistsFault',
      `Certificate ${input.CertificateIdentifier} already exists.`,
      400,
      { resourceArn: existing.arn },
    )
  }
  const certificate: CertificateRecord = {
    arn: emulator.arn('dms', `cert:${newResourceId()}`),
    identifier: input.CertificateIdentifier,
    pem: input.CertificatePem ?? '',
    createdAt: new Date().toISOString(),
    ...(input.KmsKeyId === undefined ? {} : { kmsKeyId: input.KmsKeyId }),
  }
  certificates.push(certificate)
  setTags(emulator, certificate.arn, input.Tags)
  emulator.store.save()
  return certificate
}

function remove(emulator: Emulator, arn: string): CertificateRecord {
  const { state } = emulator.store
  const certificate = findCertificate(emulator, arn)
  if (state.endpoints.some(({ certificateArn }) => certificateArn === arn)) {
    throw invalidState(`Certificate ${arn} is in use by an endpoint.`)
  }
  state.certificates = state.certificates.filter((other) => other !== certificate)
  delete state.tags[arn]
  emulator.store.save()
  return certificate
}

function describe(emulator: Emulator, certificate: CertificateRecord): Record<string, unknown> {
  const parsed = parse(certificate.pem)
  const details = parsed.publicKey.asymmetricKeyDetails
  return {
    CertificateIdentifier: certificate.identifier,
    CertificateCreationDate: new Date(certificate.createdAt),
    CertificatePem: certificate.pem,
    CertificateArn: certificate.arn,
    CertificateOwner: emulator.config.account,
    ValidFromDate: new Date(parsed.validFrom),
    ValidToDate: new Date(parsed.validTo),
    KeyLength: details?.modulusLength,
    KmsKeyId: certificate.kmsKeyId,
  }
}

export function certificateOperations(emulator: Emulator): Record<string, Operation> {
  return {
    ImportCertificate: operation(importInput, 'changes', (input) => ({
      Certificate: describe(emulator, importCertificate(emulator, input)),
    })),
    DeleteCertificate: operation(z.strictObject({ CertificateArn: z.string() }), 'changes', (input) => ({
      Certificate: describe(emulator, remove(emulator, input.CertificateArn)),
    })),
    DescribeCertificates: operation(z.strictObject(describeInput), 'reads', (input) => {
      const matching = applyFilters(emulator.visible(emulator.store.state.certificates), input.Filters, {
        'certificate-arn': ({ arn }) => arn,
        'certificate-id': ({ identifier }) => identifier,
      })
      if (matching.length === 0 && input.Filters?.length) {
        throw resourceNotFound('No certificates found matching provided filters')
      }
      const { entries, ...marker } = page(matching, input, { min: 20, max: 100 })
      return { Certificates: entries.map((certificate) => describe(emulator, certificate)), ...marker }
    }),
  }
}
