"""The registration fee (不动产登记费), assessed by the dated tariff."""
