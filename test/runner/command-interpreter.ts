import { annotationOf } from './annotation.ts'
import { parseCommand, property } from './command-line.ts'
import type { Annotation } from './annotation.ts'
import type { WorkflowCommand } from './command-line.ts'

/** What commands do to the step that printed them. */
export interface CommandEffects {
  log(line: string): void
  debug(message: string): void
  annotate(annotation: Annotation): void
  mask(value: string): void
  setOutput(name: string, value: string): void
  saveState(name: string, value: string): void
  /** A command that could not be carried out fails the step, whatever the exit code. */
  fail(message: string): void
}

const known = new Set([
  'add-mask',
  'add-matcher',
  'add-path',
  'debug',
  'echo',
  'endgroup',
  'error',
  'group',
  'notice',
  'remove-matcher',
  'save-state',
  'set-env',
  'set-output',
  'stop-commands',
  'warning',
])

/** Commands that never show in the log by themselves, echo or not. */
const silent = new Set(['add-mask', 'debug', 'error', 'notice', 'warning'])

/**
 * Carries out the workflow commands that a step prints. One interpreter serves one step: `stop-commands` and `echo`
 * end with it. Source: actions/runner `ActionCommandManager.cs`.
 */
export class CommandInterpreter {
  readonly #effects: CommandEffects
  readonly #workspace: string
  #resumeToken: string | undefined
  #echo = false

  constructor(effects: CommandEffects, workspace: string, echo: boolean) {
    this.#effects = effects
    this.#workspace = workspace
    this.#echo = echo
  }

  /** Takes one line of output; false means that it was no command and belongs into the log. */
  accept(line: string): boolean {
    const token = this.#resumeToken
    const command = parseCommand(line, (name) => this.#isRegistered(name))
    if (command === undefined) return false
    const name = command.name.toLowerCase()
    if (token !== undefined) {
      if (name !== token.toLowerCase()) return false
      this.#effects.log(line)
      this.#resumeToken = undefined
      return true
    }
    if (name === 'stop-commands') {
      this.#stop(line, command.data)
      return true
    }
    if (this.#echo && !silent.has(name)) this.#effects.log(line)
    this.#run(name, command)
    return true
  }

  #isRegistered(name: string): boolean {
    return known.has(name.toLowerCase()) || name.toLowerCase() === this.#resumeToken?.toLowerCase()
  }

  #stop(line: string, token: string): void {
    if (token === '' || token.toLowerCase() === 'pause-logging' || known.has(token.toLowerCase())) {
      this.#effects.fail(
        "You cannot use a endToken that is an empty string, the string 'pause-logging', or another workflow command.",
      )
      return
    }
    this.#effects.log(line)
    if (token.length > 6) this.#effects.mask(token)
    this.#resumeToken = token
  }

  #run(name: string, command: WorkflowCommand): void {
    const effects = this.#effects
    switch (name) {
      case 'error':
      case 'warning':
      case 'notice':
        effects.annotate(annotationOf(name, command, this.#workspace))
        return
      case 'debug':
        effects.debug(command.data)
        return
      case 'group':
        effects.log(`##[group]${command.data}`)
        return
      case 'endgroup':
        effects.log('##[endgroup]')
        return
      case 'add-mask':
        this.#mask(command.data)
        return
      case 'echo':
        this.#setEcho(command.data)
        return
      case 'set-output':
      case 'save-state':
        this.#assign(name, command)
        return
      default:
        effects.fail(unsupported(name))
    }
  }

  #mask(value: string): void {
    if (value.trim() === '') {
      this.#effects.annotate({
        level: 'warning',
        message: "Can't add secret mask for empty string in ##[add-mask] command.",
      })
      return
    }
    if (this.#echo) this.#effects.log('::add-mask::***')
    this.#effects.mask(value)
  }

  #setEcho(value: string): void {
    const wanted = value.trim().toLowerCase()
    if (wanted === 'on' || wanted === 'off') this.#echo = wanted === 'on'
    else
      this.#effects.fail(
        `Invalid echo command value. Possible values can be: 'on', 'off'. Current value is: '${value}'.`,
      )
  }

  #assign(name: 'set-output' | 'save-state', command: WorkflowCommand): void {
    const target = property(command, 'name')
    if (target === undefined) {
      this.#effects.fail(`Required field 'name' is missing in ##[${name}] command.`)
      return
    }
    this.#effects.annotate({
      level: 'warning',
      message: `The \`${name}\` command is deprecated and will be disabled soon. Please upgrade to using Environment Files.`,
    })
    if (name === 'set-output') this.#effects.setOutput(target, command.data)
    else this.#effects.saveState(target, command.data)
  }
}

function unsupported(name: string): string {
  return name === 'set-env' || name === 'add-path'
    ? `The \`${name}\` command is disabled. Please upgrade to using Environment Files.`
    : `The \`${name}\` command is not supported by this runner (problem matchers are left out).`
}
