import { annotationsPerLevel } from './annotation.ts'
import {
  CommandFileError,
  parseCommandFile,
  parsePathFile,
  readCommandFile,
  readSummary,
} from './command-files.ts'
import { CommandInterpreter } from './command-interpreter.ts'
import type { Annotation } from './annotation.ts'
import type { CommandFiles } from './command-files.ts'
import type { SecretMasker } from './secret-masker.ts'

export interface StepRecordOptions {
  readonly masker: SecretMasker
  readonly workspace: string
  /** With it `::debug::` lines show and commands are echoed (RUNNER_DEBUG=1). */
  readonly debug: boolean
  /** Each line of the log, masked, as it comes. */
  onLine?(line: string): void
}

/** All that one step leaves behind: log, annotations, outputs, state, changes to later steps, summary. */
export class StepRecord {
  readonly outputs: Record<string, string> = {}
  readonly state: Record<string, string> = {}
  readonly environment: Record<string, string> = {}
  readonly paths: string[] = []
  readonly annotations: Annotation[] = []
  readonly lines: string[] = []
  summary = ''
  /** A command or command file that could not be carried out fails the step. */
  failed = false
  readonly #options: StepRecordOptions
  readonly #commands: CommandInterpreter

  constructor(options: StepRecordOptions) {
    this.#options = options
    this.#commands = new CommandInterpreter(
      {
        log: (line) => this.log(line),
        debug: (message) => {
          if (options.debug) this.log(`##[debug]${message}`)
        },
        annotate: (annotation) => this.annotate(annotation),
        mask: (value) => options.masker.addWithLines(value),
        setOutput: (name, value) => {
          this.outputs[name] = value
        },
        saveState: (name, value) => {
          this.state[name] = value
        },
        fail: (message) => this.fail(message),
      },
      options.workspace,
      options.debug,
    )
  }

  /** Takes a line that the step's process printed: a command is carried out, anything else is logged. */
  output(line: string): void {
    if (!this.#commands.accept(line)) this.log(line)
  }

  /** Writes into the log, one entry a line. */
  log(text: string): void {
    for (const line of this.#options.masker.mask(text).split(/\r\n|\n|\r/)) {
      this.lines.push(line)
      this.#options.onLine?.(line)
    }
  }

  /** Keeps an annotation (the first ten of a level) and logs it. */
  annotate(annotation: Annotation): void {
    const mask = (text: string): string => this.#options.masker.mask(text)
    this.log(`##[${annotation.level}]${annotation.message}`)
    if (this.annotations.filter(({ level }) => level === annotation.level).length >= annotationsPerLevel)
      return
    this.annotations.push({
      ...annotation,
      message: mask(annotation.message),
      ...(annotation.title === undefined ? {} : { title: mask(annotation.title) }),
    })
  }

  error(message: string): void {
    this.annotate({ level: 'error', message })
  }

  warning(message: string): void {
    this.annotate({ level: 'warning', message })
  }

  /** Logs an error and fails the step whatever its process says. */
  fail(message: string): void {
    this.error(message)
    this.failed = true
  }

  /** Reads what the process left in its command files; a file in the wrong format fails the step. */
  async readFiles(files: CommandFiles): Promise<void> {
    await this.#readPairs('env', files.environment, (name, value) => {
      if (name.toUpperCase() === 'NODE_OPTIONS') {
        this.error(`Can't store NODE_OPTIONS output parameter using '$GITHUB_ENV' command.`)
      } else {
        this.environment[name] = value
      }
    })
    await this.#readPairs('output', files.output, (name, value) => {
      this.outputs[name] = value
    })
    await this.#readPairs('state', files.state, (name, value) => {
      this.state[name] = value
    })
    this.paths.push(...parsePathFile(await readCommandFile(files.path)))
    const summary = await readSummary(files.summary)
    if ('error' in summary) this.error(summary.error)
    else this.summary = this.#options.masker.mask(summary.text)
  }

  async #readPairs(kind: string, file: string, take: (name: string, value: string) => void): Promise<void> {
    try {
      for (const [name, value] of parseCommandFile(await readCommandFile(file))) take(name, value)
    } catch (error) {
      if (!(error instanceof CommandFileError)) throw error
      this.error(`Unable to process file command '${kind}' successfully.`)
      this.fail(error.message)
    }
  }
}
