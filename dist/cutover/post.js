import { start } from '../index.js'
await start('cutover', 'post')
