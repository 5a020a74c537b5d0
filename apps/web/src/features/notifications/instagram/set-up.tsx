import { Camera } from "lucide-react";
import { useTranslations } from "next-intl";
import { CopyIconButton, SecretField } from "../../../ui/copy-button.tsx";
import { Icon } from "../../../ui/icon.tsx";

const WEBHOOK_PATH = "/api/webhooks/instagram";
const VARIABLES = ["INSTAGRAM_APP_SECRET", "INSTAGRAM_WEBHOOK_VERIFY_TOKEN"] as const;

function Variable({ name }: { name: (typeof VARIABLES)[number] }) {
  const t = useTranslations();
  return (
    <li className="mt-2">
      <span className="flex items-center gap-1">
        <code className="break-all font-mono text-12">{name}</code>
        <CopyIconButton text={name} label={t("instagram.setUp.copyName", { name })} />
      </span>
      <span className="block text-12 text-muted">{t(`instagram.setUp.variable.${name}`)}</span>
    </li>
  );
}

/** What has to be done before the first event can come. */
export function SetUp() {
  const t = useTranslations();
  return (
    <div className="scroll-pane grid min-h-0 flex-1 justify-items-center p-6 md:items-center">
      <div className="w-full max-w-[480px]">
        <Icon of={Camera} size={24} className="mb-2 text-muted" />
        <h2 className="font-semibold text-14">{t("instagram.setUp.title")}</h2>
        <p className="text-muted">{t("instagram.setUp.text")}</p>
        <ol className="mt-4 flex list-decimal flex-col gap-4 pl-5 marker:text-muted">
          <li>
            {t("instagram.setUp.variables")}
            <ul>
              {VARIABLES.map((name) => (
                <Variable key={name} name={name} />
              ))}
            </ul>
          </li>
          <li>
            <SecretField
              label={t("instagram.setUp.webhook")}
              value={location.origin + WEBHOOK_PATH}
              hint={t("instagram.setUp.webhookHint")}
            />
          </li>
          <li>{t("instagram.setUp.subscribe")}</li>
        </ol>
      </div>
    </div>
  );
}
