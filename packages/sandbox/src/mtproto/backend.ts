import { createPublicKey, generateKeyPairSync } from "node:crypto";
import type { Socket } from "node:net";
import { DataCentreFaults } from "./faults.ts";
import { MtprotoFiles } from "./files.ts";
import type { DataCentre } from "./rpc/data-centre.ts";
import type { MtprotoHost } from "./state.ts";
import { Scheduler } from "./world/scheduled.ts";
import { World } from "./world/world.ts";

/** One key for all worlds of a process that need a new one: making it takes a while. */
let freshKey: string | undefined;

/** The world, and the data centre that serves it from the first connection on: gramjs takes 0.7 s to load. */
export class MtprotoBackend {
  readonly host: MtprotoHost;
  readonly world: World;
  readonly files: MtprotoFiles;
  readonly scheduler: Scheduler;
  readonly faults: DataCentreFaults;
  /** Undefined until a client has connected. */
  centre: DataCentre | undefined;
  #opening: Promise<DataCentre> | undefined;
  #isClosed = false;

  constructor(host: MtprotoHost) {
    this.host = host;
    this.world = new World(host);
    this.files = new MtprotoFiles(host);
    this.scheduler = new Scheduler(this.world, host.now);
    this.faults = new DataCentreFaults(host.now, host.cutConnections);
  }

  /** PKCS#8 PEM. */
  get privateKey(): string {
    const { state } = this.host;
    if (state.privateKey !== null) return state.privateKey;
    freshKey ??= generateKeyPairSync("rsa", {
      modulusLength: 2048,
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
    }).privateKey;
    state.privateKey = freshKey;
    this.host.changed();
    return freshKey;
  }

  /** SPKI PEM. */
  get publicKey(): string {
    return String(createPublicKey(this.privateKey).export({ type: "spki", format: "pem" }));
  }

  accept(socket: Socket): void {
    socket.on("error", () => undefined);
    if (this.faults.current().mtprotoDown) {
      socket.destroy();
      return;
    }
    this.#opening ??= this.#open();
    this.#opening.then(
      (centre) => centre.accept(socket),
      () => socket.destroy(),
    );
  }

  close(): void {
    this.#isClosed = true;
    this.scheduler.stop();
    this.faults.reset();
    this.centre?.close();
  }

  async #open(): Promise<DataCentre> {
    const { DataCentre } = await import("./rpc/data-centre.ts");
    if (this.#isClosed) throw new Error("The sandbox is closed");
    this.centre = new DataCentre({ ...this, privateKey: this.privateKey });
    return this.centre;
  }
}
