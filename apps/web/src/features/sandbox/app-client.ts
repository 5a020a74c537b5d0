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

export type AppHistory = { success: true; messages: AppMessage[]; greeting_sent: boolean };
export type AppSent = { success: true; message_id: number; photo_count: number };

/** What the documented API answered instead of success. `status` is 0 when nothing came back. */
export class AppApiError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The customer's mobile app. It calls the documented HTTP API and nothing else, like an app in the field. */
export class AppClient {
  readonly userId: string;
  readonly #userName: string;
  #token: Promise<string> | null = null;

  constructor(user: { id: string; name: string }) {
    this.userId = user.id;
    this.#userName = user.name;
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

  history(): Promise<AppHistory> {
    const query = new URLSearchParams({ limit: "100", user_name: this.#userName });
    return this.#call<AppHistory>(`/message_history/${encodeURIComponent(this.userId)}?${query}`);
  }

  send(message: { text: string; photos: readonly File[]; clientId: string }): Promise<AppSent> {
    const form = new FormData();
    form.append("user_id", this.userId);
    form.append("user_name", this.#userName);
    form.append("message", message.text);
    form.append("client_id", message.clientId);
    for (const photo of message.photos) form.append("photo", photo, photo.name);
    return this.#call<AppSent>("/send_message", { method: "POST", body: form });
  }

  registerDevice(device: { token: string; id: string }): Promise<{ device_count: number }> {
    const body = { user_id: this.userId, fcm_token: device.token, platform: "android", device_id: device.id };
    return this.#call<{ device_count: number }>("/register_device", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  }

  async #call<T>(path: string, init: RequestInit = {}, isAgain = false): Promise<T> {
    const headers = { ...init.headers, authorization: `Bearer ${await this.token()}` };
    const answer = await fetch(path, { ...init, headers, credentials: "omit" }).catch(() => {
      throw new AppApiError(0, "No connection");
    });
    if (answer.status === 401 && !isAgain) {
      this.#token = null;
      return this.#call<T>(path, init, true);
    }
    const body = await answer.json().catch(() => null);
    if (!answer.ok || body?.success === false)
      throw new AppApiError(answer.status, body?.error ?? `The server answered ${answer.status}`);
    return body;
  }
}
