import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { CompleteConfig } from './config.ts'
import { Emulator } from './emulator.ts'
import type { Shared } from './emulator.ts'
import { firstState } from './first-state.ts'
import type { Service } from './protocol/service.ts'
import { takeConfiguration } from './rds/rds-state.ts'
import { StateStore } from './state.ts'

/** One account in one region, with services of its own. */
export interface Place {
  readonly emulator: Emulator
  readonly services: readonly Service[]
  /** Takes up what a restart interrupted. */
  resume(): Promise<void>
  close(): Promise<void>
}

/** What an account does not take over from the main one. */
const nothingOwn = {
  dmsQuotas: undefined,
  vpcs: undefined,
  credentials: undefined,
  roles: undefined,
  securityGroups: undefined,
  keys: undefined,
  shares: undefined,
}

/** Makes the services over an account's state; `folder` is for their files. */
export type OpenPlace = (emulator: Emulator, folder: string) => Place

/** The accounts and regions of an emulator; each sees its own resources only. The main one is the configuration's own. */
export class Accounts {
  readonly #places: Place[] = []
  readonly #config: CompleteConfig
  readonly #folder: string
  readonly #shared: Shared
  readonly #openPlace: OpenPlace

  constructor(
    config: CompleteConfig,
    folder: string,
    shared: Omit<Shared, 'accounts'>,
    openPlace: OpenPlace,
  ) {
    this.#config = config
    this.#folder = folder
    this.#shared = { ...shared, accounts: this }
    this.#openPlace = openPlace
    this.#open(config, folder)
    for (const { region = config.region, ...other } of config.accounts ?? []) {
      // An account's own lists replace those of the main one, also by their absence.
      const own = { ...nothingOwn, ...other, region }
      this.#open({ ...config, ...own }, this.#folderOf(other.account, region))
    }
    this.#openUsedBefore()
  }

  get main(): Emulator {
    return this.#mainPlace.emulator
  }

  /** Those of the main account: what there is to call is the same everywhere. */
  get mainServices(): readonly Service[] {
    return this.#mainPlace.services
  }

  all(): Emulator[] {
    return this.#places.map(({ emulator }) => emulator)
  }

  /** All regions of an account; none where the account is not configured. */
  ofAccount(account: string): Emulator[] {
    return this.all().filter(({ config }) => config.account === account)
  }

  /** An account in a region that is configured, or was used. */
  at(account: string, region: string): Emulator | undefined {
    return this.#find(account, region)?.emulator
  }

  /** A service as an account sees it in a region; a region that nobody configured is empty. */
  async service(
    name: Service['name'],
    account: string,
    region: string = this.#config.region,
  ): Promise<Service> {
    // STS is the same in every region.
    const place =
      (name === 'sts' && this.#places.find(({ emulator }) => emulator.config.account === account)) ||
      this.#find(account, region) ||
      (await this.#openEmpty(account, region))
    const found = place.services.find((service) => service.name === name)
    if (!found) throw new Error(`no service ${name}`)
    return found
  }

  async resume(): Promise<void> {
    await Promise.all(this.#places.map((place) => place.resume()))
  }

  async close(): Promise<void> {
    await Promise.all(this.#places.map((place) => place.close()))
  }

  get #mainPlace(): Place {
    const [main] = this.#places
    if (!main) throw new Error('the main account is not open')
    return main
  }

  #find(account: string, region: string): Place | undefined {
    return this.#places.find(
      ({ emulator: { config } }) => config.account === account && config.region === region,
    )
  }

  #folderOf(account: string, region: string): string {
    return join(this.#folder, 'accounts', account, region)
  }

  #open(config: CompleteConfig, folder: string): Place {
    if (this.#find(config.account, config.region)) {
      throw new Error(`account ${config.account} is configured twice for ${config.region}`)
    }
    mkdirSync(folder, { recursive: true })
    const store = new StateStore(folder, () => firstState(config))
    takeConfiguration(store.state.rds, config.rds)
    store.save()
    const place = this.#openPlace(new Emulator(config, store, this.#shared), folder)
    this.#places.push(place)
    return place
  }

  /** A region is a name that comes from a client, and becomes a folder's. */
  async #openEmpty(account: string, region: string): Promise<Place> {
    if (!/^[a-z0-9-]{1,40}$/.test(region)) throw new Error(`${region} is no region`)
    const place = this.#open(this.#emptyConfig(account, region), this.#folderOf(account, region))
    await place.resume()
    return place
  }

  #emptyConfig(account: string, region: string): CompleteConfig {
    const nothing = { rds: { instances: [], clusters: [] }, secrets: {}, replicationInstances: [] }
    const { knobs, quirks } = this.#config
    return { account, region, ...nothing, ...(knobs && { knobs }), ...(quirks && { quirks }) }
  }

  #openUsedBefore(): void {
    const folder = join(this.#folder, 'accounts')
    for (const account of existsSync(folder) ? readdirSync(folder) : []) {
      for (const region of readdirSync(join(folder, account))) {
        if (this.#find(account, region)) continue
        this.#open(this.#emptyConfig(account, region), this.#folderOf(account, region))
      }
    }
  }
}
