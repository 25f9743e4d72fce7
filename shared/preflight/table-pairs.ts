import type { CatalogueTable } from '../migration/catalogue-model.ts'
import type { PreflightFacts } from './facts.ts'
import { knownFact } from './known-fact.ts'
import { shown } from './naming.ts'

/** Planned tables and the partitioned tables above them that both sides have. */
export function tablePairs(
  facts: PreflightFacts,
): { readonly source: CatalogueTable; readonly target: CatalogueTable }[] {
  const there = knownFact(facts.target.catalogue)
  const byName = new Map([...there.planned, ...there.parents].map((table) => [shown(table), table]))
  const here = knownFact(facts.source.catalogue)
  return [...here.planned, ...here.parents].flatMap((source) => {
    const target = byName.get(shown(source))
    return target === undefined ? [] : [{ source, target }]
  })
}
