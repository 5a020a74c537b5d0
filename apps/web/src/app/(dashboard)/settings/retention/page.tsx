import { RetentionPage } from "../../../../features/auth/retention/retention-page.tsx";
import { titled } from "../../../../i18n/titled.ts";

export const generateMetadata = titled("settings.section.retention");
export default RetentionPage;
