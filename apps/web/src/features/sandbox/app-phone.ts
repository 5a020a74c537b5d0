import { memoryStore } from "@pult/api/connection/send-queue-storage.ts";
import type { PushDevice, SandboxUser } from "@pult/sandbox/control.ts";
import { io, type Socket } from "socket.io-client";
import { createStore } from "zustand/vanilla";
import { Reading } from "../../trpc/reading.ts";
import { newId, SendQueue } from "../thread/send-queue.ts";
import { AppClient, type AppMessage } from "./app-client.ts";
import { control } from "./control-client.ts";
import { type AppMessageBody, type AppOutgoing, appUserId, mergeAppMessages } from "./phone-lines.ts";

export type AppPhoneSnapshot = {
  messages: readonly AppMessage[];
  outgoing: readonly AppOutgoing[];
  isLoaded: boolean;
  connection: "connecting" | "live" | "offline" | "background";
  /** Why something did not work, in the server's words. */
  failure: string | null;
};

export const APP_LABEL = "Android app 3.2";

type FcmDevice = Extract<PushDevice, { kind: "fcm" }>;

const isAppDevice =
  (userId: string) =>
  (device: PushDevice): device is FcmDevice =>
    device.kind === "fcm" && device.userId === userId && device.state === "active" && device.label === APP_LABEL;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** One customer's mobile app, from its start on: registers for push, reads history, listens, sends. */
export class AppPhone {
  readonly state = createStore<AppPhoneSnapshot>(() => ({
    messages: [],
    outgoing: [],
    isLoaded: false,
    connection: "connecting",
    failure: null,
  }));
  readonly client: AppClient;
  /** Asks a person after every failure, so that a fault that is switched on shows. */
  readonly queue: SendQueue<AppMessageBody, void, string>;
  readonly #reading = new Reading<AppMessage>();
  #socket: Socket | null = null;
  #isInForeground = false;
  #registration: Promise<void> | null = null;

  constructor(customer: SandboxUser) {
    this.client = new AppClient({ id: appUserId(customer), name: customer.name });
    this.queue = new SendQueue({
      send: async ({ clientId, body: { text, photos } }) => {
        await this.client.send({ text, photos: photos.map(({ file }) => file), clientId });
        await this.reload();
      },
      toFailure: (error) => ({ reason: messageOf(error), isTransient: false, retryAfterMs: 0 }),
      store: memoryStore(),
      queueOf: () => "own",
      showsNewAsSending: true,
    });
    this.queue.items.subscribe((outgoing) => this.state.setState({ outgoing }));
  }

  /** Opens the app: what every start of a mobile app does. */
  readonly toForeground = (): void => {
    if (this.#isInForeground) return;
    this.#isInForeground = true;
    this.state.setState({ connection: "connecting", failure: null });
    this.#connect();
    void this.register();
  };

  /** Puts the app away: its socket closes, so that push is what reaches the customer. */
  readonly toBackground = (): void => {
    this.#isInForeground = false;
    this.#socket?.disconnect();
    this.#socket = null;
    this.state.setState({ connection: "background" });
  };

  readonly reload = async (): Promise<void> => {
    try {
      const read = await this.#reading.read(() => this.client.history());
      if (!read) return;
      const messages = mergeAppMessages(read.answer.messages, read.heard);
      this.state.setState({ messages, isLoaded: true, failure: null });
    } catch (error) {
      this.#report(error);
    }
  };

  readonly send = (text: string, photos: readonly File[]): void => {
    this.queue.add({
      clientId: newId(),
      createdAt: new Date().toISOString(),
      text,
      photos: photos.map((file) => ({ file, previewUrl: URL.createObjectURL(file) })),
    });
  };

  /** A socket forgets its rooms when it is cut, and says nothing of what was said meanwhile: join and read again at every connection. */
  #connect(): void {
    const socket = io({
      path: "/socket.io",
      forceNew: true,
      reconnectionDelayMax: 4_000,
      auth: (give) => {
        this.client.token().then(
          (token) => give({ token }),
          () => give({}),
        );
      },
    });
    this.#socket = socket;
    socket.on("connect", () => socket.emit("join_chat", { user_id: this.client.userId }));
    socket.on("joined", () => {
      this.state.setState({ connection: "live" });
      void this.reload();
    });
    socket.on("new_message", (message: AppMessage) => {
      this.#reading.hear(message);
      this.state.setState({ messages: mergeAppMessages(this.state.getState().messages, [message]) });
    });
    socket.on("error", ({ message }: { message: string }) => this.state.setState({ failure: message }));
    socket.on("connect_error", () => this.#lose(socket));
    socket.on("disconnect", () => this.#lose(socket));
  }

  #lose(socket: Socket): void {
    if (socket === this.#socket) this.state.setState({ connection: "offline" });
  }

  /** Hands its push token to the server, once at a time. Firebase gives an app its token; here the sandbox is Firebase. */
  readonly register = (): Promise<void> => {
    this.#registration ??= this.#registerOnce()
      .catch(this.#report)
      .finally(() => {
        this.#registration = null;
      });
    return this.#registration;
  };

  async #registerOnce(): Promise<void> {
    const { devices } = await control.world();
    const { userId, userName } = this.client;
    const known = devices.find(isAppDevice(userId));
    const device =
      known ?? (await control.createDevice({ kind: "fcm", label: APP_LABEL, userId, ownerName: userName }));
    if (device.kind === "fcm") await this.client.registerDevice({ token: device.token, id: device.id });
  }

  readonly #report = (error: unknown): void => {
    this.state.setState({ failure: messageOf(error) });
  };
}
