import { start } from '../index.js'
await start('finish-target')
