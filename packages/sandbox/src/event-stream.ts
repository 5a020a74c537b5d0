import type { ServerResponse } from "node:http";
import type { SandboxEvent } from "./module.ts";

const HEARTBEAT_MS = 15_000;
const MAX_CLIENTS = 100;
/** Unsent bytes beyond which a client that does not read is cut. */
const MAX_UNREAD_BYTES = 4 * 1024 * 1024;

/** Sends the sandbox's events to every open stream. */
export class EventStream {
  readonly #clients = new Set<ServerResponse>();
  #heartbeat: NodeJS.Timeout | undefined;

  /** Returns false when too many streams are open. */
  add(response: ServerResponse): boolean {
    if (this.#clients.size >= MAX_CLIENTS) return false;
    response.writeHead(200, {
      "content-type": "text/event-stream",
      "cache-control": "no-store",
      "x-accel-buffering": "no",
    });
    response.write(toLine({ type: "world" }));
    this.#clients.add(response);
    response.on("close", () => this.#remove(response));
    this.#heartbeat ??= setInterval(() => this.#write(": still here\n\n"), HEARTBEAT_MS).unref();
    return true;
  }

  send(event: SandboxEvent): void {
    this.#write(toLine(event));
  }

  close(): void {
    for (const client of this.#clients) client.end();
    this.#clients.clear();
    this.#stopHeartbeat();
  }

  #write(text: string): void {
    for (const client of this.#clients) {
      if (client.writableLength > MAX_UNREAD_BYTES) client.destroy();
      else client.write(text);
    }
  }

  #remove(response: ServerResponse): void {
    this.#clients.delete(response);
    if (this.#clients.size === 0) this.#stopHeartbeat();
  }

  #stopHeartbeat(): void {
    clearInterval(this.#heartbeat);
    this.#heartbeat = undefined;
  }
}

function toLine(event: SandboxEvent): string {
  return `data: ${JSON.stringify(event)}\n\n`;
}
