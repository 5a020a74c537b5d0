import type { Client } from "@pult/api/client.ts";
import type { AlertEvent, BotStatus, LiveAlert } from "@pult/api/notifications/schema.ts";
import type { Toast, ToastEvent } from "@pult/api/notifications/toasts/schema.ts";
import { createStore } from "zustand/vanilla";
import { type Failure, toFailure } from "../../trpc/failure.ts";
import { followPersistently } from "../../trpc/follow.ts";
import { Reading } from "../../trpc/reading.ts";
import type { CustomerChat } from "../chat.ts";

export type LiveSnapshot = {
  /** Null until they were read. The page leaves out those whose time is up. */
  alerts: readonly LiveAlert[] | null;
  /** Null until it has come. */
  status: BotStatus | null;
  /** Why there are no alerts to show yet. */
  failure: Failure | null;
};

/** Alerts with one more, or one less. Each event says all of its subject, so that one that comes twice changes nothing. */
export function withAlertEvent(alerts: readonly LiveAlert[], event: AlertEvent): readonly LiveAlert[] {
  if (event.type === "published") return [event.alert, ...alerts.filter(({ id }) => id !== event.alert.id)];
  return event.type === "closed" ? alerts.filter(({ id }) => id !== event.id) : alerts;
}

/** Those that are open now, the first to close first. */
export const openAt = (alerts: readonly LiveAlert[], now: number): LiveAlert[] =>
  alerts
    .filter(({ expiresAt }) => Date.parse(expiresAt) > now)
    .sort((a, b) => Date.parse(a.expiresAt) - Date.parse(b.expiresAt));

/** A customer who was away for long is not told everything in lines that pass; the rest is in their history. */
const MAX_MISSED_SHOWN = 3;

type LivePorts = {
  chat: Pick<CustomerChat, "follow" | "withSession">;
  /** An alert was published just now. */
  onAlert(alert: LiveAlert): void;
  /** The customer is told something now, or on their return. */
  onToast(toast: Toast): void;
};

type Notifications = Client["api"]["notifications"];

/** Open alerts and the bot's figures, kept current on the connection of the conversation. */
export class LiveStore {
  readonly state = createStore<LiveSnapshot>(() => ({ alerts: null, status: null, failure: null }));
  readonly #ports: LivePorts;
  readonly #reading = new Reading<AlertEvent>();
  #read: () => Promise<{ alerts: LiveAlert[] }> = () => Promise.reject(new Error("Not followed yet"));

  constructor(ports: LivePorts) {
    this.#ports = ports;
  }

  /** @returns the way to stop */
  start(): () => void {
    return this.#ports.chat.follow(({ notifications }) => {
      this.#read = () => this.#ports.chat.withSession(() => notifications.liveAlerts.open.query());
      const stopAlerts = followPersistently<AlertEvent, { alerts: LiveAlert[] }>(
        (input, listeners) => notifications.onLiveAlert.subscribe(input, listeners),
        {
          onEvent: (event) => this.#hear(event),
          onPosition: (snapshot) => {
            if (!snapshot) return void this.readAlerts();
            this.#reading.drop();
            this.state.setState({ ...snapshot, failure: null });
          },
          // The conversation has heard the same, and signs in anew.
          onRefused: () => {},
        },
      );
      const status = notifications.onStatus.subscribe(undefined, {
        onData: (figures) => this.state.setState({ status: figures }),
        onError: () => {},
      });
      const stopToasts = this.#followToasts(notifications);
      return () => {
        stopAlerts();
        stopToasts();
        status.unsubscribe();
      };
    });
  }

  /** Begins with what the customer missed; where that cannot be read, it waits for the next time. */
  #followToasts({ takeMissed, onToast }: Notifications): () => void {
    let stops: (() => void)[] = [];
    let isStopped = false;
    const follow = (to: "me" | "everyone", from: string | null) =>
      followPersistently<ToastEvent, null>(
        (input, listeners) => onToast.subscribe({ to, lastEventId: input.lastEventId ?? from }, listeners),
        { onEvent: ({ toast }) => this.#ports.onToast(toast), onPosition: () => {}, onRefused: () => {} },
      );
    this.#ports.chat
      .withSession(() => takeMissed.mutate({ limit: MAX_MISSED_SHOWN }))
      .catch(() => ({ missed: [], from: null }))
      .then(({ missed, from }) => {
        if (isStopped) return;
        for (const one of missed) if (one.type === "toast") this.#ports.onToast(one.toast);
        stops = [follow("me", from?.own ?? null), follow("everyone", from?.announcements ?? null)];
      });
    return () => {
      isStopped = true;
      for (const stop of stops) stop();
    };
  }

  readonly readAlerts = async (): Promise<void> => {
    this.state.setState({ failure: null });
    try {
      const read = await this.#reading.read(this.#read);
      if (read) this.state.setState({ alerts: read.heard.reduce(withAlertEvent, read.answer.alerts) });
    } catch (error) {
      this.state.setState({ failure: toFailure(error) });
    }
  };

  #hear(event: AlertEvent): void {
    this.#reading.hear(event);
    const { alerts } = this.state.getState();
    if (alerts) this.state.setState({ alerts: withAlertEvent(alerts, event) });
    if (event.type === "published") this.#ports.onAlert(event.alert);
  }
}
