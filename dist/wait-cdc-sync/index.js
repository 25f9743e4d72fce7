import { start } from '../index.js'
await start('wait-cdc-sync')
