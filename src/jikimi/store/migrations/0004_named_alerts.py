from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("store", "0003_place_watch")]

    operations = [
        migrations.AddField("alertrow", "is_named", models.BooleanField(default=False)),
    ]
