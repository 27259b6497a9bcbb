// pg-boss: fetch and complete, one job at a time, by as many loops as the suite has clients. `work` would wait up to two seconds between its
// looks; fetch and complete called directly are its fastest way.
import PgBoss from 'pg-boss'
import { options, report, Stopwatch } from './measure.mjs'

const { url, clients, warm, jobs, seconds } = options()
const boss = new PgBoss({ connectionString: url, max: clients + 2 })
boss.on('error', error => { throw error })
await boss.start()
await boss.createQueue('bench')
for (let n = 0; n < warm + jobs; n += 500) await boss.insert(Array.from({ length: Math.min(500, warm + jobs - n) }, (_, i) => ({ name: 'bench', data: { item: `be-${n + i}` } })))

const watch = new Stopwatch(warm, jobs, seconds)
await Promise.all(Array.from({ length: clients }, async () => {
  while (!watch.over) {
    const [job] = await boss.fetch('bench')
    if (!job) break
    await boss.complete('bench', job.id, { outcome: 'completed' })
    watch.completed()
  }
}))
const { rows } = await boss.getDb().executeSql(`select count(*)::int as completed from pgboss.job where name = 'bench' and state = 'completed'`, [])
report('pg-boss', watch, rows[0].completed)
process.exit(0)
