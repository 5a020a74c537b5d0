import { control } from "./control-client.ts";

/** A message as `GET /message_history/:user_id` and the `new_message` event carry it. */
export type AppMessage = {
  message_id: number;
  message: string;
  photo_url: string | null;
  photo_urls: string[];
  direction: "user" | "support";
  /** `2026-11-01 10:42:00`, UTC. */
  created_at: string;
};

/** The customer's mobile app. It calls the documented HTTP API and nothing else, like an app in the field. */
export class AppClient {
  readonly userId: string;
  readonly userName: string;
  #token: Promise<string> | null = null;

  constructor(user: { id: string; name: string }) {
    this.userId = user.id;
    this.userName = user.name;
  }

  /** The JWT from the operator's own backend, which the sandbox stands for. */
  token(): Promise<string> {
    this.#token ??= control.appToken(this.userId).then(
      ({ token }) => token,
      (error) => {
        this.#token = null;
        throw error;
      },
    );
    return this.#token;
  }

  history(): Promise<{ messages: AppMessage[] }> {
    const query = new URLSearchParams({ limit: "100", user_name: this.userName });
    return this.#call(`/message_history/${encodeURIComponent(this.userId)}?${query}`);
  }

  send(message: { text: string; photos: readonly File[]; clientId: string }): Promise<unknown> {
    const form = new FormData();
    form.append("user_id", this.userId);
    form.append("user_name", this.userName);
    form.append("message", message.text);
    form.append("client_id", message.clientId);
    for (const photo of message.photos) form.append("photo", photo, photo.name);
    return this.#call("/send_message", { method: "POST", body: form });
  }

  registerDevice(device: { token: string; id: string }): Promise<unknown> {
    const body = { user_id: this.userId, fcm_token: device.token, platform: "android", device_id: device.id };
    return this.#call("/register_device", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  }

  /** @throws Error in the words of the documented API */
  async #call<T>(path: string, init: RequestInit = {}, isAgain = false): Promise<T> {
    const headers = { ...init.headers, authorization: `Bearer ${await this.token()}` };
    const answer = await fetch(path, { ...init, headers, credentials: "omit" }).catch(() => {
      throw new Error("No connection");
    });
    if (answer.status === 401 && !isAgain) {
      this.#token = null;
      return this.#call<T>(path, init, true);
    }
    const body = await answer.json().catch(() => null);
    if (!answer.ok || body?.success === false) throw new Error(body?.error ?? `The server answered ${answer.status}`);
    return body;
  }
}
