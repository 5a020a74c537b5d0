import type { Device } from "@pult/api/push/schema.ts";
import type { ConversationDetail } from "@pult/api/support/schema.ts";
import { useMutation } from "@tanstack/react-query";
import { Globe, Smartphone } from "lucide-react";
import { useTranslations } from "next-intl";
import { type ReactNode, useId } from "react";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { useTRPC } from "../../../trpc/provider.tsx";
import { Button } from "../../../ui/button.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { useMay } from "../../auth/agent-context.tsx";
import { PLATFORM_NAMES } from "../../auth/security/device-text.ts";
import { useFailureToast } from "../../shell/use-failure-toast.ts";
import { LastPush, usePushAnswer } from "./push-answer.tsx";

export function Section({ title, children }: { title?: string; children: ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={title ? id : undefined} className="border-line border-b px-4 py-3 last:border-0">
      {title ? (
        <h3 id={id} className="mb-1.5 flex min-h-6 items-center font-semibold text-12">
          {title}
        </h3>
      ) : null}
      {children}
    </section>
  );
}

function useTestPush(onChanged: () => void) {
  const trpc = useTRPC();
  const t = useTranslations("customer");
  const failed = useFailureToast();
  const showAnswer = usePushAnswer();
  return useMutation(
    trpc.support.testPush.mutationOptions({
      onSuccess: (answer) => {
        showAnswer(answer);
        onChanged();
      },
      onError: failed(t("testFailed")),
    }),
  );
}

type DeviceRowProps = { device: Device; conversationId: number; onChanged: () => void };

function DeviceRow({ device, conversationId, onChanged }: DeviceRowProps) {
  const t = useTranslations("customer");
  const time = useTimeText();
  const mayWrite = useMay()("support:write");
  const test = useTestPush(onChanged);
  const { provider, platform, registeredAt, removedAt } = device;
  const isKnown = platform !== "" && platform !== "unknown";
  const name = isKnown
    ? t(`device.${provider}`, { platform: PLATFORM_NAMES[platform] ?? platform })
    : t(`device.${provider}Unknown`);
  return (
    <li className="grid grid-cols-[16px_minmax(0,1fr)_auto] items-center gap-x-2 py-1">
      <Icon of={provider === "fcm" ? Smartphone : Globe} size={14} className="text-muted" />
      <span className="min-w-0">
        <span className="block truncate" title={`${name}, ${t("registered", { time: time.full(registeredAt) })}`}>
          {name}
        </span>
        <span className="block truncate text-12">
          <LastPush device={device} />
        </span>
      </span>
      {removedAt || !mayWrite ? null : (
        <Button
          size="sm"
          aria-disabled={test.isPending}
          onClick={() => !test.isPending && test.mutate({ conversationId, deviceId: device.id })}
        >
          {t(test.isPending ? "testing" : "testPush")}
        </Button>
      )}
    </li>
  );
}

export function Devices({ conversation, onChanged }: { conversation: ConversationDetail; onChanged: () => void }) {
  const t = useTranslations("customer");
  const { devices, id } = conversation;
  return (
    <Section title={t("devices")}>
      {devices.length === 0 ? (
        <p className="text-12 text-muted">{t("noDevices")}</p>
      ) : (
        <ul>
          {devices.map((device) => (
            <DeviceRow key={device.id} device={device} conversationId={id} onChanged={onChanged} />
          ))}
        </ul>
      )}
    </Section>
  );
}
