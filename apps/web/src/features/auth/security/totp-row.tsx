"use client";

import type { Security } from "@pult/api/auth/account/schema.ts";
import { ShieldCheck } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { Button } from "../../../ui/button.tsx";
import { Chip } from "../../../ui/chip.tsx";
import { lazyModule } from "../../../ui/lazy.tsx";
import { useTimeText } from "../../support/use-time-text.ts";
import { WayPanel, WayRow } from "./way-row.tsx";

const RenewBackupCodes = lazyModule(() => import("./renew-backup-codes.tsx")).part((module) => module.RenewBackupCodes);
const TotpSetUp = lazyModule(() => import("./totp-set-up.tsx")).part((module) => module.TotpSetUp);
const TurnTotpOff = lazyModule(() => import("./turn-totp-off.tsx")).part((module) => module.TurnTotpOff);

const FEW_CODES = 3;

type Opened = "setUp" | "renew" | "off" | null;

function TotpHint({ security }: { security: Security }) {
  const t = useTranslations("security");
  const time = useTimeText();
  const { enabledAt, backupCodesLeft } = security.totp;
  if (!enabledAt) return t("totpOffHint");
  return (
    <>
      {t("totpSince", { date: time.date(enabledAt) })} ·{" "}
      <span className={backupCodesLeft <= FEW_CODES ? "text-warning" : undefined}>
        {t("codesLeft", { count: backupCodesLeft })}
      </span>
    </>
  );
}

/** The second step: set up here, kept alive by new backup codes, turned off by showing both proofs. */
export function TotpRow({ security }: { security: Security }) {
  const t = useTranslations();
  const [opened, open] = useState<Opened>(null);
  const isOn = security.totp.enabledAt !== null;
  const close = () => open(null);
  const actions = () => {
    // Once codes are shown they are closed by what says that they are kept.
    if (opened) return opened === "setUp" && !isOn ? <Button onClick={close}>{t("common.cancel")}</Button> : null;
    if (!isOn) return <Button onClick={() => open("setUp")}>{t("security.setUp")}</Button>;
    return (
      <>
        <Button onClick={() => open("renew")}>{t("security.newCodes")}</Button>
        <Button onClick={() => open("off")}>{t("security.turnOff")}</Button>
      </>
    );
  };
  return (
    <div className="border-line border-t">
      <WayRow icon={ShieldCheck} title={t("security.totp")} hint={<TotpHint security={security} />}>
        {isOn ? <Chip tone="success">{t("security.on")}</Chip> : null}
        {actions()}
      </WayRow>
      {opened ? (
        <WayPanel>
          {opened === "setUp" ? <TotpSetUp onClose={close} /> : null}
          {opened === "renew" ? <RenewBackupCodes onClose={close} /> : null}
          {opened === "off" ? <TurnTotpOff onClose={close} /> : null}
        </WayPanel>
      ) : null}
    </div>
  );
}
