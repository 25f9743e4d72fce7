import { tidyInPost } from '../../shared/cutover/tidy-in-post.ts'

/** Runs after the job, also a failed or cancelled one. */
export async function post(): Promise<void> {
  await tidyInPost('fall-back')
}
