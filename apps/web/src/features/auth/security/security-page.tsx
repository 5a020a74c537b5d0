"use client";

import type { Security } from "@pult/api/auth/account/schema.ts";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Lock, Send, ShieldCheck } from "lucide-react";
import { useTranslations } from "next-intl";
import { type ReactNode, useEffect, useState } from "react";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { useTRPC } from "../../../trpc/provider.tsx";
import { Avatar } from "../../../ui/avatar.tsx";
import { Button, buttonClass } from "../../../ui/button.tsx";
import { Chip } from "../../../ui/chip.tsx";
import { lazyModule } from "../../../ui/lazy.tsx";
import { SectionState, SettingsHeader } from "../../settings/section.tsx";
import { useFailureToast } from "../../shell/use-failure-toast.ts";
import { useAgent } from "../agent-context.tsx";
import { askForConfirmation } from "../confirmation/confirmation-host.tsx";
import { useRoleText } from "../role-text.ts";
import { useTelegramError } from "../sign-in/telegram-error.tsx";
import { showSaved, WayPanel, WayRow } from "./parts.tsx";
import { Passkeys } from "./passkeys.tsx";
import { SessionTable } from "./session-table.tsx";

const START = "/auth/telegram/start?link=1&next=/settings/security";

/** An agent who came back to re-authenticate does so now, and goes on. */
function useConfirmFirst(isWanted: boolean): void {
  useEffect(() => {
    if (!isWanted) return;
    void askForConfirmation().then((has) => has && location.replace(START));
  }, [isWanted]);
}

/** Telegram in the place of the password, where this installation has it. */
function TelegramRow() {
  const t = useTranslations();
  const trpc = useTRPC();
  const failed = useFailureToast();
  const error = useTelegramError();
  useConfirmFirst(error === "telegramConfirm");
  const { data } = useQuery(trpc.auth.telegram.get.queryOptions(undefined, { staleTime: 0 }));
  const unlink = useMutation(
    trpc.auth.telegram.unlink.mutationOptions({
      onSuccess: () => showSaved(t("security.telegramUnlinked")),
      onError: failed(t("security.telegramNotUnlinked")),
    }),
  );
  if (!data || (!data.isConfigured && !data.linked)) return null;
  const { linked } = data;
  const name = linked && (linked.username ? `@${linked.username}` : linked.id);
  return (
    <div className="border-line border-t">
      <WayRow
        icon={Send}
        title="Telegram"
        hint={name ? t("security.telegramLinked", { name }) : t("security.telegramHint")}
      >
        {linked ? (
          <Button aria-disabled={unlink.isPending} onClick={() => !unlink.isPending && unlink.mutate({})}>
            {t("security.disconnect")}
          </Button>
        ) : (
          <a href={START} className={buttonClass()}>
            {t("security.connect")}
          </a>
        )}
      </WayRow>
      {error ? (
        <p role="alert" className="pb-2 pl-10 text-12 text-danger">
          {t(`signIn.error.${error}`)}
        </p>
      ) : null}
    </div>
  );
}

const RenewBackupCodes = lazyModule(() => import("./totp-codes.tsx")).part((module) => module.RenewBackupCodes);
const TotpSetUp = lazyModule(() => import("./totp-set-up.tsx")).part((module) => module.TotpSetUp);
const TurnTotpOff = lazyModule(() => import("./totp-codes.tsx")).part((module) => module.TurnTotpOff);

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
function TotpRow({ security }: { security: Security }) {
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

const ProfileForm = lazyModule(() => import("./account-forms.tsx")).part((module) => module.ProfileForm);

/** What one is called, by which address one is known, and which role one has. */
function ProfileRow({ security }: { security: Security }) {
  const t = useTranslations("security");
  const agent = useAgent();
  const roleText = useRoleText();
  const [isOpen, setOpen] = useState(false);
  return (
    <div>
      <div className="grid min-h-12 grid-cols-[36px_minmax(0,1fr)_auto] items-center gap-x-3 py-1.5">
        <Avatar name={agent.name} size={36} />
        <span className="min-w-0">
          <span className="block truncate font-medium">{agent.name}</span>
          <span className="block truncate text-12 text-muted">
            {security.email} · {roleText(agent)}
          </span>
        </span>
        {isOpen ? null : <Button onClick={() => setOpen(true)}>{t("changeName")}</Button>}
      </div>
      {isOpen ? (
        <WayPanel>
          <ProfileForm onClose={() => setOpen(false)} />
        </WayPanel>
      ) : null}
    </div>
  );
}

const PasswordForm = lazyModule(() => import("./account-forms.tsx")).part((module) => module.PasswordForm);

function PasswordRow({ security }: { security: Security }) {
  const t = useTranslations();
  const time = useTimeText();
  const [isOpen, setOpen] = useState(false);
  return (
    <div>
      <WayRow
        icon={Lock}
        title={t("signIn.password")}
        hint={t("security.changedAt", { date: time.date(security.passwordChangedAt) })}
      >
        {isOpen ? null : <Button onClick={() => setOpen(true)}>{t("security.change")}</Button>}
      </WayRow>
      {isOpen ? (
        <WayPanel>
          <PasswordForm email={security.email} onClose={() => setOpen(false)} />
        </WayPanel>
      ) : null}
    </div>
  );
}

function Section({ id, title, children }: { id: string; title: string; children: ReactNode }) {
  return (
    <section aria-labelledby={id} className="border-line border-b px-4 pt-4 pb-3">
      <h2 id={id} className="font-semibold text-14">
        {title}
      </h2>
      <div className="mt-2 max-w-[860px]">{children}</div>
    </section>
  );
}

/** One's own account: what one is called, how one signs in, and where one is signed in. */
export function SecurityPage() {
  const t = useTranslations();
  const trpc = useTRPC();
  const security = useQuery(trpc.auth.security.queryOptions(undefined, { staleTime: 0 }));
  return (
    <>
      <SettingsHeader title={t("settings.section.security")} />
      <div className="scroll-pane flex min-h-0 flex-1 flex-col">
        {security.data ? (
          <>
            <Section id="profile" title={t("security.profile")}>
              <ProfileRow security={security.data} />
            </Section>
            <Section id="ways" title={t("security.ways")}>
              <PasswordRow security={security.data} />
              <TelegramRow />
              <TotpRow security={security.data} />
              <Passkeys passkeys={security.data.passkeys} />
            </Section>
            <SessionTable />
          </>
        ) : (
          <SectionState error={security.error} onRetry={() => security.refetch()} />
        )}
      </div>
    </>
  );
}
