/** A refusal in the words of AWS: the code is what a client sees as the error's name. */
export class AwsError extends Error {
  readonly code: string
  readonly status: number
  /** Further members of the fault, such as `resourceArn` of ResourceAlreadyExistsFault. */
  readonly members: Readonly<Record<string, string>>

  constructor(code: string, message: string, status = 400, members: Readonly<Record<string, string>> = {}) {
    super(message)
    this.name = 'AwsError'
    this.code = code
    this.status = status
    this.members = members
  }
}

export function resourceNotFound(message: string): AwsError {
  return new AwsError('ResourceNotFoundFault', message)
}

export function invalidState(message: string): AwsError {
  return new AwsError('InvalidResourceStateFault', message)
}

export function invalidValue(message: string): AwsError {
  return new AwsError('InvalidParameterValueException', message)
}

export function invalidCombination(message: string): AwsError {
  return new AwsError('InvalidParameterCombinationException', message)
}
