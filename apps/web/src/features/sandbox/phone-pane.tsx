"use client";

import type { SandboxUser } from "@pult/sandbox/control.ts";
import { AppWindow, Send, Smartphone } from "lucide-react";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { Icon } from "../../ui/icon.tsx";
import { Segmented } from "../../ui/segmented.tsx";
import { Select } from "../../ui/select.tsx";
import type { AppPhone } from "./app-phone.ts";
import { AppPhoneView } from "./app-phone-view.tsx";
import { MiniAppPhoneView } from "./mini-app-phone-view.tsx";
import { useWorld } from "./sandbox-context.tsx";
import { TelegramPhoneView } from "./telegram-phone-view.tsx";
import type { PhoneKind } from "./use-address.ts";

type PhonePaneProps = {
  customer: SandboxUser;
  onCustomer: (id: number) => void;
  kind: PhoneKind;
  onKind: (kind: PhoneKind) => void;
  appPhone: AppPhone | null;
  isInBackground: boolean;
  onBackground: (isInBackground: boolean) => void;
};

export function PhonePane(props: PhonePaneProps) {
  const t = useTranslations("sandbox");
  const { users } = useWorld();
  const { customer, kind, appPhone } = props;
  const customers = users.filter((user) => !user.staff).map(({ id, name }) => ({ value: String(id), label: name }));
  const withIcon = (icon: typeof Send, label: string): ReactNode => (
    <>
      <Icon of={icon} size={14} />
      {label}
    </>
  );
  const kinds = [
    { value: "app", label: withIcon(Smartphone, t("mobileApp")) },
    { value: "telegram", label: withIcon(Send, t("telegram")) },
    { value: "miniApp", label: withIcon(AppWindow, t("miniApp")) },
  ] as const;
  return (
    <section aria-label={t("phoneTitle")} className="flex min-h-0 min-w-0 flex-col bg-canvas">
      <header className="flex min-h-11 shrink-0 items-center gap-2 border-line border-b max-md:min-h-[52px] bg-surface px-4">
        <h2 className="min-w-0 flex-1 truncate font-semibold text-13">{t("phoneTitle")}</h2>
        <Select
          label={t("customer")}
          value={String(customer.id)}
          options={customers}
          onChange={(id) => props.onCustomer(Number(id))}
        />
      </header>
      <div className="scroll-pane flex min-h-0 flex-1 flex-col gap-2 p-4 [--surface-3:var(--surface-4)]">
        <Segmented
          label={t("phoneKind")}
          value={kind}
          options={kinds}
          onChange={props.onKind}
          className="mx-auto mb-1"
        />
        {kind === "app" && appPhone ? (
          <AppPhoneView
            phone={appPhone}
            customerName={customer.name}
            isInBackground={props.isInBackground}
            onBackground={props.onBackground}
          />
        ) : null}
        {kind === "telegram" ? <TelegramPhoneView key={customer.id} customer={customer} /> : null}
        {kind === "miniApp" ? <MiniAppPhoneView key={customer.id} customer={customer} /> : null}
      </div>
    </section>
  );
}
