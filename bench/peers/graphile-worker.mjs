// graphile-worker: its own runner with as many workers as the suite has clients, one job each at a time, without the local queue that would
// lock jobs by the batch. A completed job is deleted.
import { Logger, makeWorkerUtils, run } from 'graphile-worker'
import { EventEmitter, once } from 'node:events'
import { options, report, Stopwatch } from './measure.mjs'

const { url, clients, warm, jobs, seconds } = options()
const shared = { connectionString: url, maxPoolSize: clients + 2, logger: new Logger(() => () => {}) }
const utils = await makeWorkerUtils(shared)
await utils.migrate()
await utils.withPgClient(client => client.query(
  `select count(graphile_worker.add_job('bench', json_build_object('item', 'be-' || n))) from generate_series(1, $1) as n`, [warm + jobs]))

const watch = new Stopwatch(warm, jobs, seconds)
const [events, over] = [new EventEmitter(), new EventEmitter()]
events.on('job:complete', () => {
  watch.completed()
  if (watch.over) over.emit('over')
})
const ended = once(over, 'over')
const runner = await run({ ...shared, events, concurrency: clients, noHandleSignals: true, taskList: { bench: async () => {} } })
await ended
await runner.stop()
const { rows } = await utils.withPgClient(client => client.query('select count(*)::int as left from graphile_worker.jobs'))
report('graphile-worker', watch, warm + jobs - rows[0].left)
process.exit(0)
