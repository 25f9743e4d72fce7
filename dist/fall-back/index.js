import { start } from '../index.js'
await start('fall-back')
