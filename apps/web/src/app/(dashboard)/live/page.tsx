import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { LivePage } from "../../../features/notifications/live/live-page.tsx";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("live");
  return { title: t("title") };
}

export default function Page() {
  return <LivePage />;
}
