import type { Session } from "@pult/api/chats/schema.ts";
import { useQueryClient } from "@tanstack/react-query";
import { Database, Gauge, KeyRound, type LucideIcon, QrCode as QrIcon, Smartphone, Unlink } from "lucide-react";
import { useTranslations } from "next-intl";
import { readAgain } from "../../../trpc/read-again.ts";
import { Banner } from "../../../ui/banner.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { Sheet } from "../../../ui/modal.tsx";
import { Segmented } from "../../../ui/segmented.tsx";
import { showToast } from "../../../ui/toast-manager.ts";
import { useErrorText } from "../../shell/use-failure-text.ts";
import { ACCOUNTS_KEY } from "../accounts/use-accounts.ts";
import { ApiStep, CodeStep, PasswordStep, PhoneStep, StepForm } from "./link-steps.tsx";
import { QrStep } from "./qr-step.tsx";
import { type Link, useLink } from "./use-link.ts";

const POINTS: readonly [string, LucideIcon][] = [
  ["stores", Database],
  ["secrets", KeyRound],
  ["limits", Gauge],
  ["revoke", Unlink],
];
type Point = "stores" | "secrets" | "limits" | "revoke";

/** What linking means, before anything is asked. */
function ConsentStep({ link, onClose }: { link: Link; onClose: () => void }) {
  const t = useTranslations("chats.link");
  const refusal = useErrorText()(link.calls.init.error);
  return (
    <StepForm onClose={onClose} isBusy={link.calls.init.isPending} submitLabel={t("agree")} onSend={link.agree}>
      {refusal ? <Banner tone="danger">{refusal}</Banner> : null}
      <p className="text-14">{t("consent.intro")}</p>
      <ul className="flex flex-col gap-4">
        {POINTS.map(([point, icon]) => (
          <li key={point} className="grid grid-cols-[20px_minmax(0,1fr)] gap-x-3">
            <Icon of={icon} className="mt-0.5 text-muted" />
            <span>
              <span className="block font-semibold">{t(`consent.${point as Point}`)}</span>
              <span className="block text-fg-2">{t(`consent.${point as Point}Text`)}</span>
            </span>
          </li>
        ))}
      </ul>
    </StepForm>
  );
}

function Method({ link, value }: { link: Link; value: "phone" | "qr" }) {
  const t = useTranslations("chats.link");
  return (
    <Segmented
      label={t("method")}
      value={value}
      onChange={(step) => link.setView({ step })}
      className="self-start"
      options={[
        {
          value: "phone",
          label: (
            <>
              <Icon of={Smartphone} size={14} />
              {t("byPhone")}
            </>
          ),
        },
        {
          value: "qr",
          label: (
            <>
              <Icon of={QrIcon} size={14} />
              {t("byQr")}
            </>
          ),
        },
      ]}
    />
  );
}

type LinkSheetProps = {
  /** The account that is linked again; null for a new one. */
  expired: Session | null;
  onLinked: (accountId: string) => void;
  onClose: () => void;
};

/** Links a Telegram account, step by step. */
export function LinkSheet({ expired, onLinked, onClose }: LinkSheetProps) {
  const t = useTranslations("chats.link");
  const queryClient = useQueryClient();
  const link = useLink({
    expiredId: expired?.id ?? null,
    async onLinked(accountId) {
      await readAgain(queryClient, ACCOUNTS_KEY);
      showToast({ icon: Smartphone, title: t("linked") });
      onLinked(accountId);
    },
  });
  const close = () => {
    link.abandon();
    onClose();
  };
  const { view } = link;
  const step = () => {
    switch (view.step) {
      case "consent":
        return <ConsentStep link={link} onClose={close} />;
      case "api":
        return <ApiStep link={link} onClose={close} />;
      case "phone":
        return <PhoneStep link={link} onClose={close} head={<Method link={link} value="phone" />} />;
      case "qr":
        return <QrStep link={link} onClose={close} head={<Method link={link} value="qr" />} />;
      case "code":
        return <CodeStep link={link} onClose={close} view={view} />;
      case "password":
        return <PasswordStep link={link} onClose={close} hint={view.hint} />;
    }
  };
  return (
    <Sheet title={t(expired ? "titleAgain" : "title")} onClose={close}>
      {step()}
    </Sheet>
  );
}
