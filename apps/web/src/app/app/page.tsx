import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { CustomerApp } from "../../features/support/customer-app.tsx";
import en from "../../messages/en.json";
import ru from "../../messages/ru.json";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("miniApp");
  return { title: t("support") };
}

/** Both languages go along, because only the browser learns which one Telegram speaks. */
const messages = {
  en: { miniApp: en.miniApp, errors: en.errors, loading: en.loading },
  ru: { miniApp: ru.miniApp, errors: ru.errors, loading: ru.loading },
};

export default function Page() {
  return <CustomerApp messages={messages} />;
}
