import { AutomationsPage } from "../../../../features/workflows/automations/automations-page.tsx";
import { titled } from "../../../../i18n/titled.ts";

export const generateMetadata = titled("settings.section.automations");
export default AutomationsPage;
