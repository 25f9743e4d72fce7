/** Whether a host is this machine itself: then nothing travels, as in a rehearsal. */
export function onLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.') || host.startsWith('/')
}
