import type { FaultChange, Faults } from "@pult/sandbox/control.ts";
import { useTranslations } from "next-intl";
import { type ReactNode, useEffect, useState } from "react";
import { Button } from "../../ui/button.tsx";
import { ConfirmDialog } from "../../ui/confirm-dialog.tsx";
import { Chip } from "../../ui/marks.tsx";
import { Select } from "../../ui/select.tsx";
import { Switch } from "../../ui/switch.tsx";
import { control } from "./control-client.ts";
import { TraySection, useAttempt, useWorld } from "./sandbox-context.tsx";

/** Whole seconds until the flood wait ends, 0 when there is none. `now` in epoch milliseconds. */
export function floodSecondsLeft({ floodUntil }: Pick<Faults, "floodUntil">, now: number): number {
  return floodUntil === null ? 0 : Math.max(0, Math.ceil((Date.parse(floodUntil) - now) / 1000));
}

/** How many switches are on. */
export function countFaults(faults: Faults, now: number): number {
  const { serverErrorPercent, telegramDown, delayMs, pushStatus, instagramApi, instagramWebhooks } = faults;
  const on = [
    floodSecondsLeft(faults, now) > 0,
    serverErrorPercent > 0,
    telegramDown,
    delayMs > 0,
    pushStatus !== null,
    instagramApi !== null,
    instagramWebhooks !== null,
  ];
  return on.filter(Boolean).length;
}

function Row({ title, hint, children }: { title: string; hint: string; children: ReactNode }) {
  return (
    <li className="flex min-h-11 items-center gap-2 border-line border-t">
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium text-13/[18px]">{title}</span>
        <span className="block truncate text-12/4 text-muted" title={hint}>
          {hint}
        </span>
      </span>
      {children}
    </li>
  );
}

/** Seconds until the flood wait ends; ticks while there is one. */
function useFloodSeconds(faults: Faults): number {
  const [now, setNow] = useState(() => Date.now());
  const left = floodSecondsLeft(faults, now);
  useEffect(() => {
    if (faults.floodUntil === null) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 250);
    return () => clearInterval(timer);
  }, [faults.floodUntil]);
  return left;
}

type SizedFaultProps = {
  title: string;
  hint: string;
  sizes: readonly { value: string; label: string }[];
  /** The size that is on; null when it is off. */
  on: string | null;
  turn: (size: string | null) => void;
};

/** A switch with a size beside it; while it is on, another size takes effect at once. */
function SizedFault({ title, hint, sizes, on, turn }: SizedFaultProps) {
  const t = useTranslations("sandbox");
  const [chosen, setChosen] = useState(sizes[0]?.value ?? "");
  const value = on !== null && sizes.some((size) => size.value === on) ? on : chosen;
  return (
    <Row title={title} hint={hint}>
      <Select
        label={t("sizeOf", { fault: title })}
        value={value}
        options={sizes}
        onChange={(size) => {
          setChosen(size);
          if (on !== null) turn(size);
        }}
      />
      <Switch checked={on !== null} label={title} onChange={(isOn) => turn(isOn ? value : null)} />
    </Row>
  );
}

function FloodWait({ faults, change }: { faults: Faults; change: (change: FaultChange) => void }) {
  const t = useTranslations("sandbox");
  const left = useFloodSeconds(faults);
  const [seconds, setSeconds] = useState("7");
  const sizes = ["7", "30"].map((value) => ({ value, label: t("seconds", { count: Number(value) }) }));
  return (
    <Row title={t("fault.flood")} hint={left > 0 ? t("floodLeft", { count: left }) : t("fault.floodHint")}>
      <Select label={t("sizeOf", { fault: t("fault.flood") })} value={seconds} options={sizes} onChange={setSeconds} />
      <Switch
        checked={left > 0}
        label={t("fault.flood")}
        onChange={(isOn) => change({ floodWaitSeconds: isOn ? Number(seconds) : 0 })}
      />
    </Row>
  );
}

const API_FAULTS = ["tokenExpired", "rateLimited", "serverError", "html", "lost"] as const;
const WEBHOOK_FAULTS = ["twice", "reordered", "unsigned", "wronglySigned", "late"] as const;

type ChosenFaultProps<Kind extends string> = {
  name: "instagramApi" | "instagramWebhooks";
  kinds: readonly Kind[];
  change: (change: FaultChange) => void;
};

/** A switch for one of several failures of the same thing. */
function ChosenFault<Kind extends string>({ name, kinds, change }: ChosenFaultProps<Kind>) {
  const t = useTranslations("sandbox.fault");
  const { faults } = useWorld();
  return (
    <SizedFault
      title={t(`${name}.title`)}
      hint={t(`${name}.hint`)}
      sizes={kinds.map((value) => ({ value, label: t(`${name}.kind.${value}` as Parameters<typeof t>[0]) }))}
      on={faults[name]}
      turn={(kind) => change({ [name]: kind })}
    />
  );
}

function OneTimeFaults({ change }: { change: (change: FaultChange) => void }) {
  const t = useTranslations("sandbox");
  const attempt = useAttempt();
  const [isAsking, setAsking] = useState(false);
  return (
    <>
      <Row title={t("fault.drop")} hint={t("fault.dropHint")}>
        <Button size="sm" onClick={() => change({ dropConnections: true })}>
          {t("dropNow")}
        </Button>
      </Row>
      <Row title={t("fault.migrate")} hint={t("fault.migrateHint")}>
        <Button size="sm" onClick={() => setAsking(true)}>
          {t("migrate")}
        </Button>
      </Row>
      {isAsking ? (
        <ConfirmDialog
          title={t("migrateTitle")}
          text={t("migrateText")}
          action={t("migrate")}
          onClose={() => setAsking(false)}
          onConfirm={() => {
            setAsking(false);
            void attempt(control.migrateGroup);
          }}
        />
      ) : null}
    </>
  );
}

export function FaultPanel() {
  const t = useTranslations("sandbox");
  const { faults } = useWorld();
  const attempt = useAttempt();
  useFloodSeconds(faults);
  const change = (wanted: FaultChange) => void attempt(() => control.setFaults(wanted));
  const count = countFaults(faults, Date.now());
  const percents = ["20", "50", "100"].map((value) => ({ value, label: t("percent", { share: Number(value) / 100 }) }));
  const delays = ["800", "3000"].map((value) => ({ value, label: t("milliseconds", { count: Number(value) }) }));
  const statuses = ["429", "500"].map((value) => ({ value, label: value }));
  return (
    <TraySection
      title={t("faults")}
      side={count > 0 ? <Chip tone="warning">{t("faultsOn", { count })}</Chip> : <Chip>{t("faultsOff")}</Chip>}
    >
      <ul>
        <FloodWait faults={faults} change={change} />
        <SizedFault
          title={t("fault.errors")}
          hint={t("fault.errorsHint")}
          sizes={percents}
          on={faults.serverErrorPercent > 0 ? String(faults.serverErrorPercent) : null}
          turn={(size) => change({ serverErrorPercent: Number(size ?? 0) })}
        />
        <Row title={t("fault.down")} hint={t("fault.downHint")}>
          <Switch
            checked={faults.telegramDown}
            label={t("fault.down")}
            onChange={(telegramDown) => change({ telegramDown })}
          />
        </Row>
        <SizedFault
          title={t("fault.slow")}
          hint={t("fault.slowHint")}
          sizes={delays}
          on={faults.delayMs > 0 ? String(faults.delayMs) : null}
          turn={(size) => change({ delayMs: Number(size ?? 0) })}
        />
        <SizedFault
          title={t("fault.push")}
          hint={t("fault.pushHint")}
          sizes={statuses}
          on={faults.pushStatus === null ? null : String(faults.pushStatus)}
          turn={(size) => change({ pushStatus: size === "429" ? 429 : size === "500" ? 500 : null })}
        />
        <ChosenFault name="instagramApi" kinds={API_FAULTS} change={change} />
        <ChosenFault name="instagramWebhooks" kinds={WEBHOOK_FAULTS} change={change} />
        <OneTimeFaults change={change} />
      </ul>
    </TraySection>
  );
}
