// What both peers are measured with.
import { readFileSync } from 'node:fs'

/** node PEER.mjs URL CLIENTS WARM JOBS SECONDS */
export function options() {
  const [url, ...numbers] = process.argv.slice(2)
  const [clients, warm, jobs, seconds] = numbers.map(Number)
  return { url, clients, warm, jobs, seconds }
}

/** Counts jobs; the time begins after the warm-up and ends with the last job, or after so many seconds. */
export class Stopwatch {
  over = false
  count = 0
  #warm
  #last
  #limit
  #began = 0n
  #ended = 0n

  constructor(warm, jobs, seconds) {
    [this.#warm, this.#last, this.#limit] = [warm, warm + jobs, BigInt(Math.round(seconds * 1e9))]
  }

  completed() {
    this.count++
    const now = process.hrtime.bigint()
    if (this.count === this.#warm) this.#began = now
    if (this.over || this.count <= this.#warm || this.count < this.#last && now - this.#began < this.#limit) return
    this.#ended = now
    this.over = true
    this.measured = this.count - this.#warm
  }

  get perSecond() { return this.measured / (Number(this.#ended - this.#began) / 1e9) }
}

/** One line of JSON: what it did, and how many jobs the database says are done (those in hand at the end come on top of what was counted). */
export function report(name, watch, done) {
  if (done < watch.count) throw new Error(`${name} counted ${watch.count} jobs, but the database says ${done} are done.`)
  const { version } = JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url), 'utf8'))
  console.log(JSON.stringify({ name, version, perSecond: watch.perSecond, done }))
}
