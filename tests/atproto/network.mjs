// Starts a whole Bluesky network on this machine (directory, server, AppView, moderation) and prints where it is.
//
// Needs Node 22, `npm ci` in this folder, a PostgreSQL server (DB_POSTGRES_URL) and Redis (REDIS_HOST).
// Its servers would listen everywhere; the first lines keep them on the loopback.
import net from 'node:net'
import http from 'node:http'

const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (...given) {
  if (given[0] && typeof given[0] === 'object') given[0].host = '127.0.0.1'
  else if (['number', 'string'].includes(typeof given[0]) && Number.isInteger(Number(given[0]))) {
    const done = given.find((one) => typeof one === 'function')
    return listen.call(this, { port: Number(given[0]), host: '127.0.0.1' }, done)
  }
  return listen.apply(this, given)
}

const { TestNetwork } = await import('@atproto/dev-env')
const network = await TestNetwork.create({ dbPostgresSchema: 'jikimi', pds: {}, bsky: {}, ozone: {}, plc: {} })

// What its moderators see: the subjects in the queue, with their states.
const door = http.createServer(async (_request, response) => {
  try {
    await network.processAll()
    const name = 'tools.ozone.moderation.queryStatuses'
    const headers = await network.ozone.modHeaders(name, 'admin')
    const answer = await fetch(`${network.ozone.url}/xrpc/${name}`, { headers: headers.headers ?? headers })
    response.end(await answer.text())
  } catch (error) {
    response.statusCode = 500
    response.end(String(error))
  }
})
door.listen(0, () => {
  const moderation = `http://127.0.0.1:${door.address().port}`
  const labeler = network.ozone.ctx.cfg.service.did
  console.log(JSON.stringify({ server: network.pds.url, labeler, moderation, directory: network.plc.url }))
})
process.on('SIGTERM', async () => {
  await network.close()
  process.exit(0)
})
