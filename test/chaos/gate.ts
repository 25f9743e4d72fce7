/** Lets through, or holds until it is opened again. */
export class Gate {
  #held: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined

  get isOpen(): boolean {
    return this.#held === undefined
  }

  hold(): void {
    this.#held ??= Promise.withResolvers<void>()
  }

  open(): void {
    this.#held?.resolve()
    this.#held = undefined
  }

  /** Resolves at once where nothing is held. */
  async passed(): Promise<void> {
    await this.#held?.promise
  }
}
