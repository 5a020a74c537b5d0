import type { NoticePreferences } from "@pult/api/notices/schema.ts";
import { Volume2 } from "lucide-react";
import { useTranslations } from "next-intl";
import { type ReactNode, useId, useState } from "react";
import { Button } from "../../../ui/button.tsx";
import { inputClass } from "../../../ui/field.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { Select } from "../../../ui/select.tsx";
import { Switch } from "../../../ui/switch.tsx";
import { previewChime } from "../chime.ts";
import { useSetPreferences } from "../use-preferences.ts";

const NIGHT = { from: "22:00", to: "08:00" };
const BATCHES = [0, 30, 60, 300, 900, 3_600];
const CAPS = [5, 10, 20, 60, 200, 1_000];

/** The choices, and the present value when it is none of them. */
const including = (choices: readonly number[], value: number): number[] =>
  choices.includes(value) ? [...choices] : [...choices, value].sort((a, b) => a - b);

function Row({ title, hint, children }: { title: string; hint: string; children: ReactNode }) {
  return (
    <div className="flex min-h-14 flex-wrap items-center gap-x-4 gap-y-2 border-line border-b py-2 last:border-0">
      <span className="min-w-0 flex-1 basis-56">
        <span className="block font-medium">{title}</span>
        <span className="block text-12 text-muted">{hint}</span>
      </span>
      <span className="ml-auto flex flex-wrap items-center justify-end gap-2">{children}</span>
    </div>
  );
}

type ClockFieldProps = { label: string; value: string; onChange: (value: string) => void };

/** Saved when it is left: while a time is typed it passes through others. */
function ClockField({ label, value, onChange }: ClockFieldProps) {
  const [typed, setTyped] = useState(value);
  const id = useId();
  return (
    <span className="inline-flex items-center gap-1.5">
      <label htmlFor={id} className="text-12 text-muted">
        {label}
      </label>
      <input
        id={id}
        type="time"
        value={typed}
        onChange={({ currentTarget }) => setTyped(currentTarget.value)}
        onBlur={() => (typed === "" ? setTyped(value) : typed !== value && onChange(typed))}
        className={`${inputClass()} num !w-28`}
      />
    </span>
  );
}

const browserZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

function TimeZone({ timeZone, onChange }: { timeZone: string; onChange: (timeZone: string) => void }) {
  const t = useTranslations("notices.timing");
  const here = browserZone();
  const zones = [...new Set([here, timeZone, ...Intl.supportedValuesOf("timeZone")])].sort();
  return (
    <Row title={t("timeZone")} hint={here === timeZone ? t("timeZoneHere") : t("timeZoneElsewhere", { zone: here })}>
      {here === timeZone ? null : <Button onClick={() => onChange(here)}>{t("useHere")}</Button>}
      <Select
        label={t("timeZone")}
        value={timeZone}
        options={zones.map((zone) => ({ value: zone, label: zone.replaceAll("_", " ") }))}
        onChange={onChange}
        className="max-w-60"
      />
    </Row>
  );
}

function QuietHours({ preferences }: { preferences: NoticePreferences }) {
  const t = useTranslations("notices.timing");
  const { mutate } = useSetPreferences();
  const { quietHours, timeZone } = preferences;
  return (
    <>
      <Row title={t("quiet")} hint={t("quietHint")}>
        {quietHours ? (
          <>
            <ClockField
              key={`from ${quietHours.from}`}
              label={t("from")}
              value={quietHours.from}
              onChange={(from) => mutate({ quietHours: { ...quietHours, from } })}
            />
            <ClockField
              key={`to ${quietHours.to}`}
              label={t("to")}
              value={quietHours.to}
              onChange={(to) => mutate({ quietHours: { ...quietHours, to } })}
            />
          </>
        ) : null}
        <Switch
          label={t("quiet")}
          checked={quietHours !== null}
          // At first in the time zone that the agent is in.
          onChange={(on) => mutate(on ? { quietHours: NIGHT, timeZone: browserZone() } : { quietHours: null })}
        />
      </Row>
      {quietHours ? <TimeZone timeZone={timeZone} onChange={(next) => mutate({ timeZone: next })} /> : null}
    </>
  );
}

/** When pushes leave, how many, and whether the open page makes a sound. */
export function Timing({ preferences }: { preferences: NoticePreferences }) {
  const t = useTranslations("notices.timing");
  const { mutate } = useSetPreferences();
  const { batchSeconds, maxPerHour, sound } = preferences;
  const batchText = (seconds: number) =>
    seconds === 0
      ? t("noBatch")
      : seconds < 60
        ? t("seconds", { count: seconds })
        : t("minutes", { count: Math.round(seconds / 60) });
  return (
    <>
      <QuietHours preferences={preferences} />
      <Row title={t("batch")} hint={t("batchHint")}>
        <Select
          label={t("batch")}
          value={String(batchSeconds)}
          options={including(BATCHES, batchSeconds).map((seconds) => ({
            value: String(seconds),
            label: batchText(seconds),
          }))}
          onChange={(next) => mutate({ batchSeconds: Number(next) })}
        />
      </Row>
      <Row title={t("cap")} hint={t("capHint")}>
        <Select
          label={t("cap")}
          value={String(maxPerHour)}
          options={including(CAPS, maxPerHour).map((count) => ({
            value: String(count),
            label: t("perHour", { count }),
          }))}
          onChange={(next) => mutate({ maxPerHour: Number(next) })}
        />
      </Row>
      <Row title={t("sound")} hint={t("soundHint")}>
        <Button onClick={previewChime}>
          <Icon of={Volume2} />
          {t("listen")}
        </Button>
        <Switch label={t("sound")} checked={sound} onChange={(on) => mutate({ sound: on })} />
      </Row>
    </>
  );
}
