const HOUR_MS = 3_600_000;
const MORNING_HOUR = 9;

export type SnoozeChoice = { key: "snoozeHour" | "snoozeThreeHours" | "snoozeTomorrow"; until: Date };

/** Nine o'clock of the next day, in the time zone of this browser. */
export function tomorrowMorning(now: Date): Date {
  const morning = new Date(now);
  morning.setDate(morning.getDate() + 1);
  morning.setHours(MORNING_HOUR, 0, 0, 0);
  return morning;
}

/** The usual instants, from now. */
export function snoozeChoices(now: Date): SnoozeChoice[] {
  return [
    { key: "snoozeHour", until: new Date(now.getTime() + HOUR_MS) },
    { key: "snoozeThreeHours", until: new Date(now.getTime() + 3 * HOUR_MS) },
    { key: "snoozeTomorrow", until: tomorrowMorning(now) },
  ];
}
