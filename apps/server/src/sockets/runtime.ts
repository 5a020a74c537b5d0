import type { Actor } from "@pult/api/actor.ts";
import { type DomainError, findDomainError } from "@pult/api/errors.ts";
import { type WebSocket, WebSocketServer } from "ws";
import type { Gateway, SocketProtocol } from "../gateway.ts";
import { clientAddress } from "../http/client-address.ts";
import { headerToken, type Identified, identify, identifyHandshake, identifyToken } from "../http/identify.ts";
import type { Serving } from "../serving.ts";
import { Broadcaster } from "./broadcaster.ts";
import { CLOSE } from "./close-codes.ts";
import { GuardedSocket, type GuardedSocketOptions } from "./guarded-socket.ts";
import { RightsWatch } from "./rights-watch.ts";
import { SocketsPerNetwork, SocketsPerUser } from "./socket-caps.ts";
import { WriteTick } from "./socket-writer.ts";
import type { Upgrade, UpgradeEndpoint } from "./upgrade.ts";

export interface SocketRuntimeOptions extends Serving {
  /** Between two looks at all sockets. */
  tickMs: number;
  /** Whether one network may have any number of unauthenticated sockets. */
  anyPerNetwork: boolean;
}

const ANONYMOUS: Actor = { kind: "anonymous" };

/** Every raw socket of this node, whichever gateway it belongs to: one broadcaster, one write tick, one heartbeat, one watch of rights. */
export class SocketRuntime {
  /** Socket.IO's connections are watched here too. */
  readonly rights: RightsWatch;
  readonly #options: SocketRuntimeOptions;
  /** By the tick at which each is looked at next. */
  readonly #sockets = new Map<GuardedSocket, number>();
  readonly #due = new Map<number, Set<GuardedSocket>>();
  readonly #tick: WriteTick;
  readonly #broadcaster: Broadcaster;
  readonly #timer: NodeJS.Timeout;
  readonly #failed: (error: unknown) => void;
  #closed = false;

  constructor(options: SocketRuntimeOptions) {
    const { deps, counters, tickMs } = options;
    this.#options = options;
    this.#failed = (error) => deps.log.error({ err: error }, "A socket failed unexpectedly");
    this.#tick = new WriteTick((lagMs) => counters.lag.observe(lagMs / 1_000), this.#failed);
    const { bus, feeds } = deps;
    this.#broadcaster = new Broadcaster({ bus, feeds, tick: this.#tick, counters, failed: this.#failed });
    this.rights = new RightsWatch(bus, this.#failed);
    counters.queuedBytes = () => this.#sumQueues();
    this.#timer = setInterval(() => {
      const now = Date.now();
      for (const [tick, sockets] of this.#due) if (tick * tickMs <= now) this.#look(tick, sockets, now);
      this.rights.tick(now);
    }, tickMs);
    this.#timer.unref();
  }

  get size(): number {
    return this.#sockets.size;
  }

  /** Where a gateway's sockets are opened. */
  endpoint(gateway: Gateway, protocol: SocketProtocol): UpgradeEndpoint {
    const { limits } = protocol;
    const { counters, anyPerNetwork } = this.#options;
    counters.addGateway(gateway.name);
    const server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: limits.messageBytes,
      maxFragments: limits.fragments,
    });
    const shared: Shared = {
      gateway,
      protocol,
      perUser: new SocketsPerUser(limits.perUser),
      perNetwork: new SocketsPerNetwork(anyPerNetwork ? 0 : limits.perNetwork),
    };
    return {
      matches: (url) => protocol.matches(url),
      accept: async (upgrade) => {
        const handshake = await this.#identify(shared, upgrade).catch((error) => this.#refuse(shared, upgrade, error));
        server.handleUpgrade(upgrade.request, upgrade.socket, upgrade.head, (client) => {
          // The server stopped while the handshake was checked.
          if (this.#closed) client.close(CLOSE.restart, "Restarting");
          else this.#open(client, { ...shared, upgrade, handshake });
        });
      },
    };
  }

  /** Asks every client to connect to another process; they keep this connection until the new one stands. */
  askToReconnect(): void {
    for (const socket of this.#sockets.keys()) socket.askToReconnect();
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    this.rights.close();
    for (const socket of this.#sockets.keys()) socket.close(CLOSE.restart, "Restarting");
  }

  /** Who the handshake shows: by ticket, header or, with our own origin, cookie. @throws DomainError `UNAUTHORIZED`, `RATE_LIMITED` */
  async #identify({ gateway, protocol }: Shared, { request, url }: Upgrade): Promise<Handshake> {
    const { audience = "trpc" } = gateway;
    const { deps, guard, origins, trustedProxies, secure } = this.#options;
    const ip = clientAddress(request, trustedProxies);
    await guard.countHandshake(ip);
    const cookies = audience === "trpc" && origins.check(request) === "own";
    // Only what shows who it is is kept as long as the socket.
    const { authorization, cookie, "x-api-key": apiKey } = request.headers;
    const shown = { headers: { authorization, cookie, "x-api-key": apiKey } };
    const ticket = url.searchParams.get("ticket");
    const identified = await guard.admit({ ip, token: ticket ?? headerToken(shown) }, () =>
      identifyHandshake(deps, ticket, () => identify(deps, shown, { audience, cookies, secure })),
    );
    const { identify: byAddress } = protocol;
    if (!byAddress) return { ...identified, ip };
    const actor = await guard.admit({ ip, token: url.search }, async () => byAddress(url, identified.actor));
    return { actor, ip, again: async () => byAddress(url, await identified.again()) };
  }

  /** @throws the error, where it is not told over the socket: a browser comes back with another ticket */
  #refuse({ protocol }: Shared, { request, url }: Upgrade, error: unknown): Handshake {
    const refusal = findDomainError(error);
    if (!protocol.openRefused || refusal?.code !== "UNAUTHORIZED" || url.searchParams.has("ticket")) throw error;
    const ip = clientAddress(request, this.#options.trustedProxies);
    return { actor: ANONYMOUS, ip, again: async () => ANONYMOUS, refusal };
  }

  #open(client: WebSocket, opening: Opening): void {
    const { deps, limits, guard, counters, legacyAuth } = this.#options;
    const { gateway, protocol, handshake, perUser, perNetwork } = opening;
    const { audience = "trpc", name, rateLimitScope = "socket" } = gateway;
    const { ip } = handshake;
    const awaitsIdentity = !handshake.refusal && (protocol.authenticates?.(opening.upgrade.url) ?? false);
    const showing = (token: string) => () => identifyToken(deps, token, audience);
    const socket = new GuardedSocket({
      socket: client,
      limits: protocol.limits,
      broadcaster: this.#broadcaster,
      tick: this.#tick,
      actor: handshake.actor,
      pingText: protocol.pingText ?? null,
      awaitsIdentity,
      admit: (token) => guard.admit({ ip, token }, showing(token)),
      legacyAuth,
      count: (actor, calls) => limits.count({ actor, ip, scope: rateLimitScope, calls }),
      identified: (one, token, isValid) => {
        // Closed meanwhile: nothing would take it out of the lists again.
        if (one.readyState !== 1) return;
        perUser.add(one.actor, one, CLOSE.policy);
        if (isValid && one.actor.kind === "anonymous" && !perNetwork.admit(ip, one))
          one.close(CLOSE.policy, "Too many connections");
        const changed = (actor: Actor) => {
          one.actor = actor;
        };
        this.rights.watch({
          socket: one,
          actor: one.actor,
          identify: token === null ? handshake.again : showing(token),
          changed,
        });
      },
      open: openerOf(opening),
      slow: () => counters.countSlowClose(name),
      failed: this.#failed,
      log: (fields, message) => deps.log.debug(fields, message),
    });
    this.#lookLater(socket, Date.now());
    counters.countConnection(name, 1);
    socket.once("close", () => {
      this.#due.get(this.#sockets.get(socket) ?? 0)?.delete(socket);
      this.#sockets.delete(socket);
      counters.countConnection(name, -1);
    });
    if (!awaitsIdentity) void socket.identify(null);
  }

  #look(tick: number, sockets: Iterable<GuardedSocket>, now: number): void {
    this.#due.delete(tick);
    for (const socket of sockets) this.#lookLater(socket, socket.tick(now));
  }

  #lookLater(socket: GuardedSocket, at: number): void {
    const tick = Math.ceil(at / this.#options.tickMs);
    this.#sockets.set(socket, tick);
    const sockets = this.#due.get(tick) ?? new Set();
    this.#due.set(tick, sockets.add(socket));
  }

  #sumQueues(): { all: number; worst: number } {
    let all = 0;
    let worst = 0;
    for (const { queued } of this.#sockets.keys()) {
      all += queued;
      if (queued > worst) worst = queued;
    }
    return { all, worst };
  }
}

/** A function of its own, so that what the socket keeps holds no request. */
function openerOf({ protocol, upgrade, handshake: { ip, refusal } }: Opening): GuardedSocketOptions["open"] {
  const { url, request } = upgrade;
  const { openRefused } = protocol;
  if (openRefused && refusal) return (socket) => openRefused(socket, refusal);
  return (socket) => protocol.open(socket, { url, ip, userAgent: request.headers["user-agent"] ?? "" });
}

interface Shared {
  gateway: Gateway;
  protocol: SocketProtocol;
  perUser: SocketsPerUser;
  perNetwork: SocketsPerNetwork;
}

type Handshake = Identified & { ip: string; refusal?: DomainError };

interface Opening extends Shared {
  upgrade: Upgrade;
  handshake: Handshake;
}
