"use client";

import { Headset, RotateCw, TriangleAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import { useSyncExternalStore } from "react";
import { Banner } from "../../ui/banner.tsx";
import { Button } from "../../ui/button.tsx";
import { IconButton } from "../../ui/icon-button.tsx";
import { Switch } from "../../ui/switch.tsx";
import type { AppPhone, AppPhoneSnapshot } from "./app-phone.ts";
import { MessageComposer } from "./message-composer.tsx";
import { PhoneFrame } from "./phone-frame.tsx";
import { PhoneHead } from "./phone-head.tsx";
import { appLines } from "./phone-lines.ts";
import { PhoneThread } from "./phone-thread.tsx";

type AppPhoneViewProps = {
  phone: AppPhone;
  customerName: string;
  isInBackground: boolean;
  onBackground: (isInBackground: boolean) => void;
};

/** The customer's mobile app: nothing here knows of anything but the documented API. */
export function AppPhoneView({ phone, customerName, isInBackground, onBackground }: AppPhoneViewProps) {
  const t = useTranslations("sandbox");
  const snapshot = useSyncExternalStore(phone.subscribe, phone.snapshot, phone.snapshot);
  return (
    <>
      <PhoneFrame isOnline={snapshot.connection !== "offline"} label={t("appOf", { name: customerName })}>
        {isInBackground ? (
          <HomeScreen onOpen={() => onBackground(false)} />
        ) : (
          <AppScreen phone={phone} snapshot={snapshot} customerName={customerName} />
        )}
      </PhoneFrame>
      <div className="mx-auto flex w-full max-w-[328px] items-center gap-2">
        <span className="min-w-0 flex-1">{t("background")}</span>
        <span className="text-12 text-muted">{t(isInBackground ? "pushIsShown" : "socketIsOpen")}</span>
        <Switch checked={isInBackground} onChange={onBackground} label={t("background")} />
      </div>
    </>
  );
}

type AppScreenProps = { phone: AppPhone; snapshot: AppPhoneSnapshot; customerName: string };

function AppScreen({ phone, snapshot, customerName }: AppScreenProps) {
  const t = useTranslations("sandbox");
  const { messages, outgoing, connection, failure, isLoaded } = snapshot;
  return (
    <>
      <PhoneHead icon={Headset} title={t("appTitle")} line={t(`connection.${connection}`)} />
      {failure ? (
        <Banner
          tone="danger"
          icon={TriangleAlert}
          action={<IconButton icon={RotateCw} label={t("retry")} onClick={phone.reload} />}
        >
          {failure}
        </Banner>
      ) : null}
      <PhoneThread
        lines={appLines(messages, outgoing)}
        own={customerName}
        other={t("appTitle")}
        empty={<p className="m-auto text-center text-12 text-muted">{isLoaded ? t("appEmpty") : t("loading")}</p>}
        onRetry={(line) => phone.retry(line.key)}
        onDiscard={(line) => phone.discard(line.key)}
      />
      <MessageComposer
        label={t("appOf", { name: customerName })}
        placeholder={t("writeAsCustomer")}
        task={null}
        onCancelTask={() => {}}
        onSend={async (text, photos) => {
          phone.send(text, photos);
          return true;
        }}
      />
    </>
  );
}

/** The app is put away. */
function HomeScreen({ onOpen }: { onOpen: () => void }) {
  const t = useTranslations("sandbox");
  return (
    <div className="grid min-h-0 flex-1 place-items-center bg-surface-3 p-6 text-center">
      <div>
        <p className="font-semibold text-14">{t("awayTitle")}</p>
        <p className="mt-1 mb-3 text-fg-2">{t("awayHint")}</p>
        <Button onClick={onOpen}>{t("openApp")}</Button>
      </div>
    </div>
  );
}
