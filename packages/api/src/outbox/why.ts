/** Why something waits, was held back or was given up, in words of Pult's own. `{name}` stands for a parameter. */
const WORDS = {
  gone: "The message is gone",
  connected: "Connected: has time to see it",
  seen: "Seen already",
  read: "Read already",
  archived: "Archived",
  snoozed: "Snoozed",
  expired: "Expired",
  turnedOff: "Turned off",
  noDevice: "No registered device",
  noChat: "Push is turned off, and there is no chat with the bot",
  quietHours: "Quiet hours until {until} ({timeZone})",
  quietHoursResume: "Quiet hours until {until} ({timeZone}); goes on then",
  resumes: "Goes on at once",
  gathers: "Gathers what follows within {seconds} s",
  cap: "More than {limit} an hour",
  merged: "Merged into {subject}",
  toDevices: "Handed to each device",
  toBot: "Handed to the bot",
  nextPortion: "Goes on with further customers",
  blocked: "The recipient has blocked the bot",
  noBot: "No bot is configured",
  noGroup: "No support group is configured",
  cannotCarry: "{service} cannot show this kind of message; the customer has not received it",
  mayHaveArrived: "May have arrived: the answer of {service} was lost. Send again?",
  tooLongToEdit: "The message is too long to be edited in Telegram",
  noInstagram: "Instagram is not configured: set INSTAGRAM_ACCESS_TOKEN",
  replyWindowNotOpen: "Instagram takes replies only after the customer has written to this app",
  replyWindowOver: "Instagram takes no more replies until the customer writes again",
  photoNeedsHttps: "Instagram loads photos from PUBLIC_URL, which must be an https address that it can reach",
  photoFormat: "Instagram takes photos as JPEG, PNG or GIF",
  photoSize: "Instagram takes photos of up to 8 MB",
  interrupted: "The server stopped while it sent this; look in Instagram before you send it again",
  callInterrupted: "The server stopped during the call",
  commentGone: "The comment is gone",
  replaced: "Replaced by a newer token",
  tooManyDevices: "One of more than {limit}; newer ones replaced it",
  signedOut: "Signed out",
  deactivated: "Deactivated",
  unsubscribed: "Unsubscribed",
  noFcm: "FCM is not configured",
  badServiceAccount: "The private key of FCM's service account cannot be read",
  badEndpoint: "The endpoint is not a public https address",
  notPublic: "The address does not lead to a public https server",
  badSubscription: "The subscription's keys cannot be used",
  pushTooLong: "The push does not fit into {limit} bytes",
  photoGone: "The photo is gone",
  photoUnread: "The photo could not be read from the media store",
  noAnswer: "{service} did not answer in time",
  unreachable: "{service} could not be reached",
  answered: "{service} answered {status}",
  unreadable: "{service} sent an answer that cannot be read",
  refusedAgain: "Refused again and again",
  internal: "Internal error",
} as const;

/** What clients name in the reader's language; absent for the words of Telegram, Meta and push providers, which stay as they are. */
export type Problem = keyof typeof WORDS;
export const PROBLEMS = Object.keys(WORDS) as [Problem, ...Problem[]];
export type ProblemParams = Record<string, string | number>;

export interface Why {
  /** English. */
  reason: string;
  problem?: Problem | null | undefined;
  params?: ProblemParams | null | undefined;
}

export const fillIn = (words: string, params: ProblemParams): string =>
  words.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(params[name] ?? ""));

/** A reason of Pult's own. */
export const why = (problem: Problem, params: ProblemParams = {}) => ({
  reason: fillIn(WORDS[problem], params),
  problem,
  params,
});

const escaped = (words: string): string => words.replaceAll(/[.*+?^$()|[\]\\]/g, "\\$&");

/** Each sentence as a pattern; before it may stand which call failed, behind it a code of the system. */
const PATTERNS = PROBLEMS.map((problem) => {
  const words = escaped(WORDS[problem]).replaceAll(/\{(\w+)\}/g, "(?<$1>[^()]+?)");
  return { problem, pattern: new RegExp(`^(?:\\w+: )?${words}(?: \\([A-Z0-9_]+\\))?$`) };
});

/** What Telegram says, which documents no codes. */
const BY_WORDS: readonly [words: RegExp, problem: Problem][] = [
  [/bot was blocked by the user|user is deactivated/i, "blocked"],
];

/** The key of a reason that was stored without one; null for other words of outside services. */
export function readWhy(reason: string): { problem: Problem; params: ProblemParams } | null {
  for (const { problem, pattern } of PATTERNS) {
    const found = pattern.exec(reason);
    if (found) return { problem, params: { ...found.groups } };
  }
  const found = BY_WORDS.find(([words]) => words.test(reason));
  return found ? { problem: found[1], params: {} } : null;
}
