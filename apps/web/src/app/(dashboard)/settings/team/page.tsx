import { TeamPage } from "../../../../features/auth/team/team-page.tsx";
import { titled } from "../../../../i18n/titled.ts";

export const generateMetadata = titled("settings.section.team");
export default TeamPage;
