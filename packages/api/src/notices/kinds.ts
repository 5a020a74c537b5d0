import type { Scope } from "../auth/schema.ts";
import type { KindPreference, NoticeLocale, Severity } from "./schema.ts";

/** As whom a person is told: as an agent, or as a customer. */
export type Reader = "staff" | "customer";

/** What a kind does for those who have not chosen. */
export interface KindDefaults extends Omit<KindPreference, "threshold"> {
  /** Whether what follows its first push within `batchSeconds` leaves together. */
  batched: boolean;
}

/** A kind of event that people are told of, declared by its slice. */
// biome-ignore lint/suspicious/noExplicitAny: each kind has data of its own.
export interface NoticeKind<Data = any> {
  /** `<slice>.<event>` */
  readonly name: string;
  readonly severity: Severity;
  /** What agents must hold to get it. */
  readonly scope?: Scope;
  /** Those who can get it, with what they get unless they choose. */
  readonly defaults: Partial<Record<Reader, KindDefaults>>;
  /** @param count how many events it tells of; `data` is the newest one's */
  textOf(locale: NoticeLocale, data: Data, count: number): { title: string; body: string };
  /** For staff a path of the dashboard, for customers a `start_param` of the Mini App. */
  targetOf(data: Data, reader: Reader): string;
  /** From 0 to 1, for people's thresholds. */
  weightOf?(data: Data): number;
}

/** What a person has chosen, by kind. */
export type ChosenKinds = Readonly<Record<string, Partial<KindPreference>>>;

const OFF: KindPreference = { inApp: false, push: false, bot: false, threshold: null };

/** What a kind does for a person. */
export function preferenceOf(kind: NoticeKind, reader: Reader, chosen: ChosenKinds): KindPreference {
  const defaults = kind.defaults[reader];
  if (!defaults) return OFF;
  const { batched: _, ...routes } = defaults;
  return { threshold: null, ...routes, ...chosen[kind.name] };
}

/** Russian for those whose language it is, else English. */
export const localeOf = (languageCode: string | null): NoticeLocale =>
  languageCode?.toLowerCase().startsWith("ru") ? "ru" : "en";
