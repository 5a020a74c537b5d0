"use client";

import { CalendarClock, Clock3 } from "lucide-react";
import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { Button } from "../../../ui/button.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { Field } from "../../../ui/field.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { iconButtonClass } from "../../../ui/icon-button.tsx";
import { Input } from "../../../ui/input.tsx";
import { Menu, MenuItem } from "../../../ui/menu.tsx";
import { useTimeText } from "../use-time-text.ts";
import { snoozeChoices, toLocalField } from "./snooze-times.ts";

type SnoozeMenuProps = {
  onSnooze: (until: string) => void;
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
};

function PickDialog({ onClose, onSnooze }: { onClose: () => void; onSnooze: (until: string) => void }) {
  const t = useTranslations();
  const [value, setValue] = useState(() => toLocalField(new Date(Date.now() + 86_400_000)));
  const [hasTried, setTried] = useState(false);
  const until = new Date(value);
  const isFuture = until.getTime() > Date.now();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!isFuture) return;
    onClose();
    onSnooze(until.toISOString());
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t("header.snooze")}
      closeLabel={t("common.close")}
      className="top-24 w-[360px]"
    >
      <form noValidate onSubmit={submit} className="flex flex-col gap-4 p-6">
        <Field label={t("header.snoozeWhen")} error={hasTried && !isFuture ? t("header.snoozePast") : undefined}>
          {(control) => (
            <Input
              {...control}
              type="datetime-local"
              value={value}
              min={toLocalField(new Date())}
              onChange={(event) => setValue(event.target.value)}
              inputSize="lg"
            />
          )}
        </Field>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button type="submit" variant="primary">
            {t("header.snoozeSave")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

export function SnoozeMenu({ onSnooze, open, onOpenChange }: SnoozeMenuProps) {
  const t = useTranslations("header");
  const time = useTimeText();
  const [isPicking, setPicking] = useState(false);
  return (
    <>
      <Menu
        open={open}
        onOpenChange={onOpenChange}
        trigger={
          <button type="button" aria-label={t("snooze")} title={`${t("snooze")} (S)`} className={iconButtonClass()}>
            <Icon of={Clock3} className="max-md:size-5" />
          </button>
        }
      >
        {snoozeChoices(new Date()).map(({ key, until }) => (
          <MenuItem
            key={key}
            icon={Clock3}
            detail={key === "snoozeTomorrow" ? undefined : time.clock(until.toISOString())}
            onSelect={() => onSnooze(until.toISOString())}
          >
            {t(key)}
          </MenuItem>
        ))}
        <MenuItem icon={CalendarClock} onSelect={() => setPicking(true)}>
          {t("snoozePick")}
        </MenuItem>
      </Menu>
      {isPicking ? <PickDialog onClose={() => setPicking(false)} onSnooze={onSnooze} /> : null}
    </>
  );
}
