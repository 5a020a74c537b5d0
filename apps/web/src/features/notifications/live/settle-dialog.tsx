import { settleAlertInput } from "@pult/api/notifications/schema.ts";
import { useTranslations } from "next-intl";
import { type FormEvent, useRef, useState } from "react";
import { Button } from "../../../ui/button.tsx";
import { Field, Input } from "../../../ui/field.tsx";
import { Dialog, QUESTION_CLASS } from "../../../ui/modal.tsx";
import type { AlertRow } from "./alerts-cache.ts";
import { useSettle } from "./use-alerts.ts";
import { toDecimal, useAmounts } from "./use-amounts.ts";

function Question({ alert: { name, stake } }: { alert: AlertRow }) {
  const t = useTranslations("live.alerts");
  const { plain } = useAmounts();
  return (
    <p className="font-medium text-14">
      {name}
      {stake ? <span className="num block font-normal text-muted">{t("stakeOf", { stake: plain(stake) })}</span> : null}
    </p>
  );
}

/** What an alert came to. It can be said once. */
export function SettleDialog({ alert, onClose }: { alert: AlertRow; onClose: () => void }) {
  const t = useTranslations();
  const settle = useSettle();
  const [typed, setTyped] = useState("");
  const [hasTried, setTried] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const { success, data } = settleAlertInput.safeParse({ id: alert.id, profit: toDecimal(typed) });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!success) return field.current?.focus();
    onClose();
    void settle(alert, data.profit);
  };
  return (
    <Dialog onClose={onClose} title={t("live.alerts.settleTitle")} className={QUESTION_CLASS} initialFocus={field}>
      <form noValidate onSubmit={submit} className="scroll-pane flex min-h-0 flex-col gap-4 p-6">
        <Question alert={alert} />
        <Field
          label={t("live.alerts.profit")}
          hint={t("live.alerts.profitHint")}
          error={hasTried && !success ? t("live.alerts.profitInvalid") : undefined}
        >
          {(control) => (
            <Input
              {...control}
              ref={field}
              value={typed}
              inputSize="lg"
              autoComplete="off"
              placeholder={t("live.alerts.profitExample")}
              onChange={(event) => setTyped(event.currentTarget.value)}
              className="num"
            />
          )}
        </Field>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button type="submit" variant="primary">
            {t("live.alerts.settle")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
