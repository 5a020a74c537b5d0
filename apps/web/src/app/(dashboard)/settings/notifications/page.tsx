import { NotificationSettings } from "../../../../features/notices/settings/notification-settings.tsx";
import { titled } from "../../../../i18n/titled.ts";

export const generateMetadata = titled("settings.section.notifications");
export default NotificationSettings;
