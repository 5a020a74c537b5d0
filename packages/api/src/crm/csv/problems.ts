/** What can be wrong with a line: by key, for clients that say it in their language, and in English. */
const PROBLEMS = {
  tooManyCells: "More cells than the first line has",
  invalid: "Does not fit this column",
  tooLong: "Too long",
  notAnId: "Not an id of a contact",
  noContact: "No contact with this id",
  otherContact: "Another contact is this Telegram user",
  nothingKnown: "A new contact needs a name, a phone number, an e-mail address or a username",
  sameContact: "The same contact as in line {line}",
  noOwner: "No agent, or several, of this name",
  text: "A text of at most 1,000 characters is needed",
  longText: "A text is needed",
  number: "A number is needed",
  date: "A date (YYYY-MM-DD) is needed",
  checkbox: "true or false is needed",
  select: "No such option",
  multiSelect: "A list of its options is needed",
} as const;
export type ProblemKey = keyof typeof PROBLEMS;

export interface Problem {
  problemKey: ProblemKey;
  /** Of `sameContact`: the other line. */
  params: { line?: number };
  /** The same in English. */
  problem: string;
}

export const problem = (key: ProblemKey, params: Problem["params"] = {}): Problem => ({
  problemKey: key,
  params,
  problem: PROBLEMS[key].replace("{line}", String(params.line ?? "")),
});
