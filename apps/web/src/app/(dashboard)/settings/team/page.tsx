import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { TeamPage } from "../../../../features/auth/team/team-page.tsx";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("settings.section");
  return { title: t("team") };
}

export default function Page() {
  return <TeamPage />;
}
