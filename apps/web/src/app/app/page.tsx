import type { Metadata } from "next";
import type { Messages } from "next-intl";
import { getTranslations } from "next-intl/server";
import en from "../../messages/en.json";
import ru from "../../messages/ru.json";
import { CustomerApp } from "../../mini-app/app.tsx";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("miniApp");
  return { title: t("support") };
}

/** The Mini App's own; refusals that only agents meet stay with the dashboard. */
function messagesOf({
  miniApp,
  message,
  photo,
  loading,
  rooms,
  errors: { auth, people, backup, ...errors },
}: Messages) {
  return {
    miniApp,
    message,
    photo,
    loading,
    rooms,
    errors: { ...errors, auth: { initDataInvalid: auth.initDataInvalid } },
  };
}

/** Both languages go along, because only the browser learns which one Telegram speaks. */
const messages = { en: messagesOf(en), ru: messagesOf(ru) };

export default function Page() {
  return <CustomerApp messages={messages} />;
}
