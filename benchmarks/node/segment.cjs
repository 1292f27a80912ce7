// Segment's action kit over the lines of a file: parse, subscription, mapping, stringify.
//
//   node segment.cjs EVENTS.ndjson
//
// Makes one pass over the file for every line on standard input, and answers it with one line:
// {"microseconds": CPU time an event, "delivered": payloads made}. So the passes can alternate with
// those of other programs. Ends when its input does.
//
// Where the kit cannot say what the blueprint says, it is left to do less; ../README.md lists where.

// The package's ES modules import folders, which Node refuses; its CommonJS build loads.
'use strict'
const { readFileSync } = require('node:fs')
const { createInterface } = require('node:readline')
const { transform } = require('@segment/actions-core')
const { parseFql, validate } = require('@segment/destination-subscriptions')

// --- the blueprint freshdesk/default, in the kit's own terms ------------------------------------

// A user id counts when it is neither missing, null nor blank. The kit reads one level of
// parentheses only, so "(set and not blank) or email" is written as two alternatives.
const EMAIL = 'traits.email != null or context.traits.email != null'
const IDENTITY = `(userId != null or ${EMAIL}) and (userId != "" or ${EMAIL})`
const CONSENT =
  '(context.consent.canonical.marketing = true' +
  ' or context.consent.categories.marketing = true' +
  ' or context.consent.categoryPreferences.marketing = true' +
  ' or context.consent.marketing = true)'

const at = (path) => ({ '@path': `$.${path}` })

/** The first path that has a value; `blank` is the kit's word for "neither missing nor blank". */
const firstOf = (path, ...others) => ({
  '@if': { blank: at(path), then: at(path), ...(others.length && { else: firstOf(...others) }) }
})

/** A person's trait, wherever the SDK put it: the catalogue's own mappings look in both places. */
const person = (...keys) => firstOf(...keys.flatMap((key) => [`traits.${key}`, `context.traits.${key}`]))

const FIELDS = {
  name: person('name', 'email'),
  email: { '@case': { operator: 'lower', value: person('email') } },
  phone: person('phone'),
  unique_external_id: firstOf('userId'),
  job_title: person('title'),
  company_id: person('company_id', 'company.id'),
  tags: ['marketing-consent']
}

const RULES = [
  {
    when: `type = "track" and (event = "Signed Up" or event = "signed_up") and ${IDENTITY} and ${CONSENT}`,
    mapping: { ...FIELDS, custom_fields: { signup_method: firstOf('properties.method') } }
  },
  { when: `type = "identify" and ${IDENTITY} and ${CONSENT}`, mapping: FIELDS }
].map(({ when, mapping }) => ({ subscription: parseFql(when), mapping }))

for (const { subscription } of RULES) if (subscription.error) throw subscription.error

/** Subscriptions cannot see `integrations`: Segment judges it before the kit. A name beats All. */
function optedOut(integrations) {
  const named = integrations?.Freshdesk ?? integrations?.freshdesk
  return (named ?? integrations?.All) === false
}

/** The payload as JSON, or null for an event that is dropped. */
function decide(line) {
  const event = JSON.parse(line)
  if (optedOut(event.integrations)) return null
  const rule = RULES.find(({ subscription }) => validate(subscription, event))
  return rule ? JSON.stringify(transform(rule.mapping, event)) : null
}

// --- the measurement ----------------------------------------------------------------------------

/** Each line a string of its own: slices of one big string would be slower to parse. */
function* split(buffer) {
  for (let start = 0; start < buffer.length; ) {
    const end = buffer.indexOf('\n', start)
    yield buffer.toString('utf8', start, end)
    start = end + 1
  }
}

/** One pass over the lines. The CPU time is the whole process's: compiler and collector count. */
function pass(lines) {
  let delivered = 0
  const before = process.cpuUsage()
  for (const line of lines) if (decide(line) !== null) delivered++
  const { user, system } = process.cpuUsage(before)
  return { microseconds: (user + system) / lines.length, delivered }
}

const lines = [...split(readFileSync(process.argv[2]))]
createInterface({ input: process.stdin }).on('line', () => console.log(JSON.stringify(pass(lines))))
