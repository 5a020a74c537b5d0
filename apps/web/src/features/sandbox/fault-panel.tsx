import type { FaultChange, Faults } from "@pult/sandbox/control.ts";
import { useTranslations } from "next-intl";
import { type ReactNode, useEffect, useState } from "react";
import { Button } from "../../ui/button.tsx";
import { Chip } from "../../ui/chip.tsx";
import { ConfirmDialog } from "../../ui/confirm-dialog.tsx";
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
  const { mtprotoDown, mtprotoFrozen, mtprotoDelayMs, mtprotoFloodUntil } = faults;
  const on = [
    floodSecondsLeft({ floodUntil: mtprotoFloodUntil }, now) > 0,
    mtprotoDown,
    mtprotoFrozen,
    mtprotoDelayMs > 0,
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

/** Seconds until a flood wait ends; ticks while there is one. */
function useFloodSeconds(floodUntil: string | null): number {
  const [now, setNow] = useState(() => Date.now());
  const left = floodSecondsLeft({ floodUntil }, now);
  useEffect(() => {
    if (floodUntil === null) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 250);
    return () => clearInterval(timer);
  }, [floodUntil]);
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

type FloodWaitProps = { title: string; hint: string; until: string | null; turn: (seconds: number) => void };

function FloodWait({ title, hint, until, turn }: FloodWaitProps) {
  const t = useTranslations("sandbox");
  const left = useFloodSeconds(until);
  const [seconds, setSeconds] = useState("7");
  const sizes = ["7", "30"].map((value) => ({ value, label: t("seconds", { count: Number(value) }) }));
  return (
    <Row title={title} hint={left > 0 ? t("floodLeft", { count: left }) : hint}>
      <Select label={t("sizeOf", { fault: title })} value={seconds} options={sizes} onChange={setSeconds} />
      <Switch checked={left > 0} label={title} onChange={(isOn) => turn(isOn ? Number(seconds) : 0)} />
    </Row>
  );
}

/** Of Telegram's data centre, which linked accounts are connected to. */
function DataCentreFaults({ change }: { change: (change: FaultChange) => void }) {
  const t = useTranslations("sandbox");
  const attempt = useAttempt();
  const { faults } = useWorld();
  const delays = ["800", "3000"].map((value) => ({ value, label: t("milliseconds", { count: Number(value) }) }));
  return (
    <>
      <FloodWait
        title={t("fault.linkedFlood")}
        hint={t("fault.linkedFloodHint")}
        until={faults.mtprotoFloodUntil}
        turn={(mtprotoFloodWaitSeconds) => change({ mtprotoFloodWaitSeconds })}
      />
      <Row title={t("fault.linkedDown")} hint={t("fault.linkedDownHint")}>
        <Switch
          checked={faults.mtprotoDown}
          label={t("fault.linkedDown")}
          onChange={(mtprotoDown) => change({ mtprotoDown })}
        />
      </Row>
      <Row title={t("fault.linkedFrozen")} hint={t("fault.linkedFrozenHint")}>
        <Switch
          checked={faults.mtprotoFrozen}
          label={t("fault.linkedFrozen")}
          onChange={(mtprotoFrozen) => change({ mtprotoFrozen })}
        />
      </Row>
      <SizedFault
        title={t("fault.linkedSlow")}
        hint={t("fault.slowHint")}
        sizes={delays}
        on={faults.mtprotoDelayMs > 0 ? String(faults.mtprotoDelayMs) : null}
        turn={(size) => change({ mtprotoDelayMs: Number(size ?? 0) })}
      />
      <Row title={t("fault.linkedDrop")} hint={t("fault.linkedDropHint")}>
        <Button size="sm" onClick={() => attempt(control.mtproto.drop)}>
          {t("dropNow")}
        </Button>
      </Row>
    </>
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
  useFloodSeconds(faults.floodUntil);
  useFloodSeconds(faults.mtprotoFloodUntil);
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
        <FloodWait
          title={t("fault.flood")}
          hint={t("fault.floodHint")}
          until={faults.floodUntil}
          turn={(floodWaitSeconds) => change({ floodWaitSeconds })}
        />
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
        <DataCentreFaults change={change} />
      </ul>
    </TraySection>
  );
}
