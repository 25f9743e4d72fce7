import { start } from '../index.js'
await start('wait-full-load')
